#include "compute/aggregates/bool_counts.h"
#include "compute/aggregates/distinct.h"
#include "compute/aggregates/ewma.h"
#include "compute/aggregates/histogram.h"
#include "compute/aggregates/hyper_log_log.h"
#include "compute/aggregates/log_buckets.h"
#include "compute/aggregates/ordered.h"
#include "engine/states/kernel_dispatch.h"
#include "engine/states/kernels.h"

namespace headrace {
namespace {

Ranking ranking_of(const StateNode& node) {
  for (Aggregation aggregation : node.aggregations) {
    if (aggregation == Aggregation::kMode || aggregation == Aggregation::kTopK) return Ranking::kByCount;
  }
  return Ranking::kNone;
}

std::unique_ptr<StateKernel> make_hyper_log_log(ScalarType type, const StateNode& node, KernelChoice choice) {
  return for_value(type, [&](auto value) -> std::unique_ptr<StateKernel> {
    using T = decltype(value);
    if (node.window.kind == WindowSpec::Kind::kLifetime && choice == KernelChoice::kSliding) {
      return make_merging(LifetimeHyperLogLogAggregate<T>(), node.window, choice);
    }
    return make_retracting(HyperLogLogAggregate<T>(), node.window, choice);
  });
}

}  // namespace

std::unique_ptr<StateKernel> make_counting_kernel(ScalarType type, const StateNode& node, KernelChoice choice) {
  switch (node.kind) {
    case StateKind::kOrdered:
      return for_number(
          type, [&](auto value) { return make_retracting(OrderedAggregate<decltype(value)>(), node.window, choice); });
    case StateKind::kDistinct:
      return for_value(type, [&](auto value) {
        return make_retracting(DistinctAggregate<decltype(value)>(ranking_of(node)), node.window, choice);
      });

    case StateKind::kBoolCounts: return make_retracting(BoolCountsAggregate(), node.window, choice);
    case StateKind::kEwma:
      return for_number(type, [&](auto value) {
        return make_merging(EwmaAggregate<decltype(value)>(node.params.half_life), node.window, choice);
      });
    case StateKind::kHistogram:
      return for_number(type, [&](auto value) {
        return make_retracting(HistogramAggregate<decltype(value)>(node.params.edges), node.window, choice);
      });

    case StateKind::kHyperLogLog: return make_hyper_log_log(type, node, choice);
    case StateKind::kLogBuckets:
      return for_number(type, [&](auto value) {
        return make_retracting(LogBucketsAggregate<decltype(value)>(), node.window, choice);
      });

    case StateKind::kCount:
    case StateKind::kSum:
    case StateKind::kMoments:
    case StateKind::kPowerMoments:
    case StateKind::kPairMoments:
    case StateKind::kExtremes:
    case StateKind::kPosition:
    case StateKind::kTimeWeighted: break;
  }
  CHECK(false);
  return nullptr;
}

}  // namespace headrace
