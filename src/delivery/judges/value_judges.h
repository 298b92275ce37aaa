#pragma once

/// Judges of a feature's values: pairs of old and new, gathered into units (paired_units.h).
///
/// Each asks with evidence of means (mean_evidence.h), so that it may be asked as often as one likes within a look:
///   equality       the rate of mismatches against a bound. Against the change: rate > bound. For it: rate < bound. At α 0.001
///                  and a bound of 1e-4 it passes with 76,010 units without a mismatch
///   mean           the mean of new − old against the declared [low, high], both clipped to the quantiles of the time before: it is a
///                  statement on the mean of clipped values, and needs no assumption on how they are distributed
///   nulls          the rate of new missing values less that of the old against the declared [low, high]
///   distribution   sup |F_new − F_old| over frozen edges against a tolerance: evidence at each edge for either side, averaged
///                  against the change, and the least of all for it. (A band around each of both distributions as by
///                  Howard and Ramdas, "Sequential estimation of quantiles", Bernoulli 28, 2022, knows nothing of pairs: where nothing
///                  changes it needs as many units as where everything does.)
///
/// The same for all of them: fewer than entities_min distinct entities or no unit that can be looked at is inconclusive; a
/// fail is evidence against the change of at least 1/alpha_fail; a pass evidence for it of at least 1/alpha_pass and
/// units_required units; anything else is inconclusive. `statistic` is ln of the evidence against the change and `bound` ln(1/alpha_fail).
///
/// Pure functions.

#include "delivery/judges/judgement.h"
#include "delivery/judges/paired_units.h"

#include <string>

namespace headrace {

/// What an answer has to reach; see evidence_plan.h for how the rollout's α is divided.
struct JudgeLimits {
  double alpha_fail = 0.01;
  double alpha_pass = 0.001;
  int64_t entities_min = 30;
  int64_t units_required = 0;
};

/// What a mean may be. A pass shows it within the margin of the ends, a fail outside of the ends: where nothing changes and
/// an end is 0, there is no other pass.
struct AllowedShift {
  double low = 0;
  double high = 0;
  double margin = 0;
};
/// Of shares of the size of the old mean, as `mean_shift: [0.02, 0.08]` says it: up is up, also of a mean below zero.
AllowedShift shift_of_mean(double low, double high, double margin, double old_mean);

Judgement judge_equality(const std::string& feature, const PairedEvidence& evidence, double rate_max,
                         const JudgeLimits& limits);
/// `shape` is what the evidence was gathered with; low < high.
Judgement judge_mean(const std::string& feature, const PairedEvidence& evidence, const UnitShape& shape,
                     const AllowedShift& allowed, const JudgeLimits& limits);
Judgement judge_nulls(const std::string& feature, const PairedEvidence& evidence, const AllowedShift& allowed,
                      const JudgeLimits& limits);
/// kError where the evidence was gathered without edges.
Judgement judge_distribution(const std::string& feature, const PairedEvidence& evidence, double distance_max,
                             const JudgeLimits& limits);

}  // namespace headrace
