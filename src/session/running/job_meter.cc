#include "session/running/job_meter.h"

#include "base/clock.h"
#include "base/exact_shares.h"

#include <algorithm>

namespace headrace {

JobMeter::JobMeter(bool is_wanted) : is_wanted_(is_wanted), start_ns_(is_wanted ? process_cpu_ns() : 0) {}

void JobMeter::begin_plan(const Plan& plan) {
  plan_ = &plan;
  if (is_wanted_) work_.emplace(plan);
}

int64_t JobMeter::thread_ns() { return thread_cpu_ns(); }

void JobMeter::add_cpu(size_t entity, int64_t ns) {
  if (work_) work_->entities[entity].cpu_ns += ns;
}

void JobMeter::add_thread(std::optional<size_t> entity, int64_t ns) {
  if (entity) return add_cpu(*entity, ns);
  for_all_ns_ += ns;
}

std::optional<MeterReport> JobMeter::report() const {
  if (!work_) return std::nullopt;
  PlanWork work = *work_;
  std::vector<int64_t> features(plan_->entities.size());
  for (const PlanFeature& feature : plan_->features) ++features[feature.entity];
  const std::vector<int64_t> shares = exact_shares(for_all_ns_, features);
  for (size_t entity = 0; entity < shares.size(); ++entity) work.entities[entity].cpu_ns += shares[entity];

  const int64_t used_ns = process_cpu_ns() - start_ns_;
  work.unattributed.cpu_ns += std::max<int64_t>(0, used_ns - work.whole().cpu_ns);
  return make_meter_report(*plan_, work);
}

}  // namespace headrace
