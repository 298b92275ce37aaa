#pragma once

/// The `drift` checks of features, over their profiles by day.
///
/// A day is held against the days before it that lie within the check's `reference`, merged. It has drifted where the
/// distance reaches the threshold and is more than chance gives (drift.h). The check does not hold where two of the newest
/// three days that could be compared have drifted; of fewer days, all of them.
///
/// Pure functions.

#include "plan/plan.h"
#include "quality/profiles/profile_set.h"
#include "quality/report.h"

namespace headrace {

inline constexpr size_t kDriftDaysLookedAt = 3;

/// What a check says of a feature's days; `result` has all but the verdict and what was counted. Days that have nothing to be
/// held against, or other bins, are passed over; where none is left the check is not evaluated, with the reason.
void judge_drift(const checks::Drift& check, const std::vector<std::pair<int64_t, const ValueProfile*>>& days,
                 CheckResult& result, size_t days_looked_at = kDriftDaysLookedAt);

/// Gives the `drift` results of an entity's features in the report their verdicts.
void evaluate_drift(const Plan& plan, size_t entity, const ProfileSet& profiles, QualityReport& report);

}  // namespace headrace
