#include "plan/plan.h"

namespace headrace {

std::string_view to_string(StateKind kind) {
  switch (kind) {
    case StateKind::kCount: return "count";
    case StateKind::kSum: return "sum";
    case StateKind::kMoments: return "moments";
    case StateKind::kPowerMoments: return "power_moments";
    case StateKind::kPairMoments: return "pair_moments";
    case StateKind::kExtremes: return "extremes";
    case StateKind::kPosition: return "position";
    case StateKind::kOrdered: return "ordered";
    case StateKind::kDistinct: return "distinct";
    case StateKind::kBoolCounts: return "bool_counts";
    case StateKind::kEwma: return "ewma";
    case StateKind::kTimeWeighted: return "time_weighted";
    case StateKind::kHistogram: return "histogram";
    case StateKind::kHyperLogLog: return "hyper_log_log";
    case StateKind::kLogBuckets: return "log_buckets";
  }
  return "?";
}

const PlanFeature* Plan::find_feature(std::string_view name) const {
  const std::optional<size_t> place = feature_index.find(name);
  return place ? &features[*place] : nullptr;
}

}  // namespace headrace
