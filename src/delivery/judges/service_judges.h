#pragma once

/// Judges of how values come, not of what they are: latency with statistics, freshness and cost by plain comparison, and
/// guards, which need neither and fail at once. For each, no reading is inconclusive and never a pass; a reading
/// that is no number is an error.
///
/// Pure functions.

#include "data/time.h"
#include "delivery/judges/judgement.h"
#include "delivery/judges/value_judges.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Reads in one stretch of time (a second, say): requests that come at the same time wait for the same things, so that
/// the stretch is the unit and not the request.
struct LatencyStretch {
  int64_t reads = 0;
  int64_t slow = 0;  // took longer than what the quantile may be
};
/// Whether the quantile, 0.99 say, lies within the limit that `slow` was counted by: the rate of slow reads against
/// 1 − quantile, which is a time-uniform bound of the quantile itself at one place. Stretches without reads are left out.
Judgement judge_latency(const std::vector<LatencyStretch>& stretches, double quantile, const JudgeLimits& limits);

/// The newest events that the values of both versions have seen, at one time.
struct FreshnessReading {
  EventTime old_newest, new_newest;
};
/// The new version may be `behind_max` behind the old one. Fails where it is farther behind in each of the newest `in_a_row` readings.
Judgement judge_freshness(const std::string& feature, const std::vector<FreshnessReading>& readings,
                          Duration behind_max, int64_t in_a_row);

/// What was spent and what the plan said, in one currency or unit of work, for the same range.
Judgement judge_cost(std::optional<double> spent, double planned, double factor_max);

/// What is watched without statistics.
struct GuardReadings {
  std::optional<int64_t> crashes;             // of who computes the new version
  std::optional<bool> has_planned_schema;     // columns and types are those of the plan
  std::optional<Duration> watermark_stalled;  // for how long it has stood while the old one moved on
  Duration stalled_max{600 * kMicrosPerSecond};
};
/// One judgement each: "crash", "schema", "watermark".
std::vector<Judgement> judge_guards(const GuardReadings& readings);

}  // namespace headrace
