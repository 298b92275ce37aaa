#pragma once

/// The batch engine: runs a plan over sources, for backfills and for point-in-time training sets.

#include "compute/windows/kernel.h"
#include "engine/batch/statistics.h"
#include "engine/layout/source_requests.h"
#include "engine/meter/plan_work.h"
#include "engine/rows/observations.h"
#include "engine/sink.h"
#include "engine/source.h"
#include "plan/plan.h"

#include <atomic>
#include <map>
#include <optional>

namespace headrace {

struct BatchOptions {
  int threads = 1;
  /// What the engine may hold: rows that are early are spilled, and when the states of all keys do not fit, the keys
  /// are divided over several runs.
  int64_t memory_bytes = int64_t{1} << 30;
  std::string spill_folder;  // empty: the system's temporary folder
  int64_t step_rows = 0;     // rows taken through the plan at once; 0: chosen from the plan. For tests
  KernelChoice kernels = KernelChoice::kSliding;  // the other for tests
  /// Of this plan: what the run takes is added to it, by node; null: nothing is measured. It lives longer.
  PlanWork* work = nullptr;
};

/// Read by another thread for a display. What is read may be read again: for each share of the keys, and where the
/// shares turned out to be too large.
struct BatchProgress {
  std::atomic<int64_t> rows_read{0};   // in all
  std::atomic<int64_t> bytes_read{0};  // for the current share
  std::atomic<int64_t> bytes_total{0};
  std::atomic<int64_t> shares_done{0};
  std::atomic<int64_t> shares{1};
};

/// Opened by the caller from source_requests(); one for each plan source of the entity.
using OpenSources = std::map<std::string, Source*>;

struct BackfillRequest {
  size_t entity = 0;
  std::vector<size_t> features;    // of the entity, in the order of the output columns
  std::optional<EventTime> start;  // first output instant, inclusive
  std::optional<EventTime> end;    // end of output instants, exclusive
  std::optional<Duration> every;   // an epoch-aligned grid from each entity's first event on; needs `to` or ends at the
                                   // last event of any entity
  /// For each feature: also give its values before `default`, in a further column after all features. Empty: none.
  std::vector<bool> before_default;
};

/// Writes one row for each distinct (key, time) at which a driving source of one of the features has an event, or for
/// each grid point: key columns, event_time, features, values before default; sorted by (event_time, key).
Result<BatchStatistics> backfill(const Plan& plan, const BackfillRequest& request, const OpenSources& sources,
                                 const BatchOptions& options, Sink& sink, BatchProgress* progress = nullptr);

struct DatasetResult {
  std::vector<Column> features;  // one for each asked feature, one value for each observation, in their order
  BatchStatistics statistics;
  int64_t incomplete_observations = 0;  // with a null key or time
};

/// Point-in-time join: the value of each feature at each observation; nothing later can be seen.
Result<DatasetResult> dataset(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                              const Observations& observations, const OpenSources& sources, const BatchOptions& options,
                              BatchProgress* progress = nullptr);

}  // namespace headrace
