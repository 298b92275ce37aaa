#pragma once

/// What a job takes, from its beginning on, where somebody asks for it.
///
/// The whole is the processor time of the process: two jobs at once in one process have each other's time in what is unattributed.

#include "engine/meter/meter_report.h"

#include <optional>

namespace headrace {

class JobMeter {
 public:
  explicit JobMeter(bool is_wanted);

  /// Before the first run. The plan lives longer.
  void begin_plan(const Plan& plan);
  /// For BatchOptions; null: nobody asks.
  PlanWork* work() { return work_ ? &*work_ : nullptr; }

  /// Runs `body`; what this thread takes for it is done for the features of an entity.
  template <typename Body>
  auto for_entity(size_t entity, Body&& body) {
    const Timed timed(*this, entity);
    return body();
  }
  /// The same for all features of the plan.
  template <typename Body>
  auto for_all(Body&& body) {
    const Timed timed(*this, std::nullopt);
    return body();
  }
  /// What other threads took for the features of an entity.
  void add_cpu(size_t entity, int64_t ns);

  /// Nothing where nobody asked.
  std::optional<MeterReport> report() const;

 private:
  struct Timed {
    Timed(JobMeter& meter, std::optional<size_t> entity)
        : meter(meter), entity(entity), start_ns(meter.is_wanted_ ? thread_ns() : 0) {}
    ~Timed() {
      if (meter.is_wanted_) meter.add_thread(entity, thread_ns() - start_ns);
    }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;
    JobMeter& meter;
    std::optional<size_t> entity;
    int64_t start_ns;
  };
  static int64_t thread_ns();
  void add_thread(std::optional<size_t> entity, int64_t ns);

  const bool is_wanted_;
  const int64_t start_ns_;
  const Plan* plan_ = nullptr;
  std::optional<PlanWork> work_;
  int64_t for_all_ns_ = 0;
};

}  // namespace headrace
