#include "compute/aggregates/moments.h"
#include "compute/aggregates/pair_moments.h"
#include "compute/aggregates/power_moments.h"
#include "compute/windows/time_weighted_kernel.h"
#include "engine/states/kernel_dispatch.h"
#include "engine/states/kernels.h"

namespace headrace {

std::unique_ptr<StateKernel> make_exact_kernel(const Plan& plan, const StateNode& node, KernelChoice choice) {
  const Series& series = plan.series[node.series];
  return for_number(series.type, [&](auto x) -> std::unique_ptr<StateKernel> {
    using X = decltype(x);
    switch (node.kind) {
      case StateKind::kSum: return make_retracting(SumAggregate<X>(), node.window, choice);
      case StateKind::kMoments: return make_retracting(MomentsAggregate<X>(), node.window, choice);
      case StateKind::kPowerMoments: return make_retracting(PowerMomentsAggregate<X>(), node.window, choice);

      case StateKind::kTimeWeighted:
        if (choice == KernelChoice::kRecompute) return make_recomputing(TimeWeightedAggregate<X>(), node.window);
        return std::make_unique<TimeWeightedKernel<X>>(node.window);
      case StateKind::kPairMoments:
        return for_number(series.formulas[1]->type.scalar, [&](auto y) -> std::unique_ptr<StateKernel> {
          return make_retracting(PairMomentsAggregate<X, decltype(y)>(), node.window, choice);
        });

      case StateKind::kCount:
      case StateKind::kExtremes:
      case StateKind::kPosition:
      case StateKind::kOrdered:
      case StateKind::kDistinct:
      case StateKind::kBoolCounts:
      case StateKind::kEwma:
      case StateKind::kHistogram:
      case StateKind::kHyperLogLog:
      case StateKind::kLogBuckets: break;
    }
    CHECK(false);
    return nullptr;
  });
}

}  // namespace headrace
