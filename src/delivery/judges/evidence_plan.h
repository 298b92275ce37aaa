#pragma once

/// How a rollout's probability of a false alarm is divided, and how many units its judges need.
///
/// α is of the whole rollout: whatever the number of features, a rollout of a change without effect is rolled back in at most α of all
/// cases. In three steps:
///   looks        each time that units are gathered anew (entities averaged over more of their time) is a look. Look k has
///                α / (k·(k + 1)), which adds up to α over all looks. Within a look, evidence may be read after every unit
///   two halves   one half of a look's α for single answers, one for all of them together
///   questions    a single judge fails at evidence of 2·features·judges/α: by Markov's inequality for each, added up. All
///                together fail where the mean of their evidence reaches 2/α: the mean of e-values is an e-value, whatever
///                depends on what (Vovk and Wang, "E-values", Annals of Statistics 49, 2021)
/// Which features are to blame then says e-BH (Wang and Ramdas, "False discovery rate control with e-values", JRSS B
/// 84, 2022): the k features of the greatest evidence, for the largest k whose least is at least features/(k·α).
/// A wrong pass is each feature's own: α_pass is not divided, because a rollout passes only where every judge does.
///
/// Pure functions.

#include "delivery/judges/value_judges.h"

#include <string>
#include <vector>

namespace headrace {

struct RolloutShape {
  int64_t features = 1;
  int64_t judges = 4;  // that decide by evidence, for each feature
  double alpha = 0.01;
  double alpha_pass = 0.001;
};

/// `look` counts from 1.
JudgeLimits limits_of(const RolloutShape& shape, int64_t look);

/// All judges that decide by evidence ("equality", "mean", "nulls", "distribution", "latency") as one, named "together";
/// its reason names the features that e-BH blames. It passes and holds as the worst of them does.
Judgement judge_together(const std::vector<Judgement>& judgements, const RolloutShape& shape, int64_t look);

/// What there is to look at.
struct EvidenceSupply {
  int64_t entities = 0;   // distinct ones, at the largest share before all
  int64_t stretches = 1;  // of time that each has in the allowed time, without a common event
};
/// What is to be noticed or shown.
struct EvidenceQuestion {
  std::string judge;  // "equality", "mean", "nulls", "distribution"
  UnitKind kind = UnitKind::kEntity;
  double rate_max = 1e-4;   // equality
  AllowedShift allowed;     // mean, nulls
  double width = 0;         // mean: of the clipping interval
  double deviation = 0;     // mean: the standard deviation of a unit's shift, measured beforehand
  double distance_max = 0;  // distribution
  double fault = 0;         // the least fault to notice: a rate of mismatches, a shift, a rate of nulls, a distance
  double fault_share = 1;   // mean: of the units that are shifted so
};
struct EvidenceDemand {
  std::string judge;
  int64_t units_to_pass = 0;   // where the change is what it says, in 95 % of all cases; kNever: it cannot
  int64_t units_to_catch = 0;  // a fault of the size that was asked for, likewise
  int64_t units_there = 0;
  bool decides = false;  // both are there in time
  std::string reason;    // why not, for people; empty where it decides
};
EvidenceDemand plan_evidence(const EvidenceQuestion& question, const EvidenceSupply& supply, const JudgeLimits& limits);

}  // namespace headrace
