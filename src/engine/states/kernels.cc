#include "engine/states/kernels.h"

#include "compute/windows/ends_aggregate.h"
#include "compute/windows/ends_kernel.h"
#include "compute/windows/position_kernel.h"
#include "engine/states/kernel_dispatch.h"

#include <algorithm>

namespace headrace {
namespace {

std::unique_ptr<StateKernel> make_position_kernel(const Plan& plan, ScalarType type, const StateNode& node,
                                                  const std::vector<size_t>& features, KernelChoice choice) {
  if (choice == KernelChoice::kRecompute) return make_recomputing(EndsAggregate(type), node.window);
  if (node.window.kind != WindowSpec::Kind::kLifetime) {
    return for_window(node.window, [&](auto tag) -> std::unique_ptr<StateKernel> {
      constexpr WindowSpec::Kind kKind = decltype(tag)::value;
      if constexpr (has_edges<kKind>) {
        return std::make_unique<EndsKernel<kKind>>(type, node.window);
      } else {
        return std::make_unique<PositionKernel<kKind>>(type, node.window);
      }
    });
  }

  // Without a ring, lists are kept as long as the longest that is read.
  int first_k_max = 0;
  int last_k_max = 0;
  for (size_t f : features) {
    const PlanFeature& feature = plan.features[f];
    if (feature.aggregation == Aggregation::kFirstK) first_k_max = std::max(first_k_max, feature.params.k);
    if (feature.aggregation == Aggregation::kLastK) last_k_max = std::max(last_k_max, feature.params.k);
  }
  return std::make_unique<LifetimePositionKernel>(type, first_k_max, last_k_max);
}

}  // namespace

std::unique_ptr<StateKernel> make_kernel(const Plan& plan, const StateNode& node, const std::vector<size_t>& features,
                                         KernelChoice choice) {
  const ScalarType type = plan.series[node.series].type;
  switch (node.kind) {
    case StateKind::kCount:
    case StateKind::kPosition: return make_position_kernel(plan, type, node, features, choice);
    case StateKind::kSum:
    case StateKind::kMoments:
    case StateKind::kPowerMoments:
    case StateKind::kPairMoments:
    case StateKind::kTimeWeighted: return make_exact_kernel(plan, node, choice);
    case StateKind::kExtremes: return make_extremes_kernel(type, node, choice);
    case StateKind::kOrdered:
    case StateKind::kDistinct:
    case StateKind::kBoolCounts:
    case StateKind::kEwma:
    case StateKind::kHistogram:
    case StateKind::kHyperLogLog:
    case StateKind::kLogBuckets: return make_counting_kernel(type, node, choice);
  }
  return nullptr;
}

}  // namespace headrace
