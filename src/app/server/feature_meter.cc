#include "app/server/feature_meter.h"

#include "base/clock.h"

#include <algorithm>
#include <set>

namespace headrace {

/// A thread owes up to a millisecond to the nodes, which lies in the rest until it is paid.
MeterReport FeatureMeter::report(const LiveFeatures& live) {
  MeterReport report = make_meter_report(live.plan(), live.work());
  const int64_t process_ns = process_cpu_ns();

  const std::lock_guard lock(mutex_);
  std::set<std::string> names;
  for (FeatureWork& feature : report.features) {
    names.insert(feature.feature);
    const auto kept = kept_.find(feature.feature);
    if (kept != kept_.end()) feature.work.add(kept->second);
  }
  report.unattributed.add(kept_of_none_);
  for (const auto& [name, work] : kept_) {
    if (!names.contains(name)) report.unattributed.add(work);
  }

  NodeWork whole = report.unattributed;
  for (const FeatureWork& feature : report.features) whole.add(feature.work);
  rest_ns_ = std::max(rest_ns_, process_ns - whole.cpu_ns);
  report.unattributed.cpu_ns += rest_ns_;
  whole.cpu_ns += rest_ns_;
  report.whole = whole;
  return report;
}

void FeatureMeter::keep(const LiveFeatures& live) {
  const MeterReport report = make_meter_report(live.plan(), live.work());
  const std::lock_guard lock(mutex_);
  const auto add = [](NodeWork& kept, NodeWork work) {
    work.state_bytes = 0;
    kept.add(work);
  };
  for (const FeatureWork& feature : report.features) add(kept_[feature.feature], feature.work);
  add(kept_of_none_, report.unattributed);
}

}  // namespace headrace
