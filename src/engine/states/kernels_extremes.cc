#include "compute/windows/extremes_kernel.h"
#include "compute/windows/suffix_extremes_kernel.h"
#include "engine/states/kernel_dispatch.h"
#include "engine/states/kernels.h"

#include <algorithm>

namespace headrace {

std::unique_ptr<StateKernel> make_extremes_kernel(ScalarType type, const StateNode& node, KernelChoice choice) {
  const auto reads = [&](Aggregation aggregation) {
    return std::find(node.aggregations.begin(), node.aggregations.end(), aggregation) != node.aggregations.end();
  };
  const bool has_range = reads(Aggregation::kRange);
  const bool has_min = has_range || reads(Aggregation::kMin);
  const bool has_max = has_range || reads(Aggregation::kMax);

  return for_value(type, [&](auto value) -> std::unique_ptr<StateKernel> {
    using T = decltype(value);
    if (choice == KernelChoice::kRecompute) return make_recomputing(ExtremesAggregate<T>(), node.window);
    if (node.window.kind == WindowSpec::Kind::kLifetime) {
      return std::make_unique<LifetimeKernel<ExtremesAggregate<T>>>(ExtremesAggregate<T>());
    }
    return for_window(node.window, [&](auto tag) -> std::unique_ptr<StateKernel> {
      constexpr WindowSpec::Kind kKind = decltype(tag)::value;
      if constexpr (kKind == WindowSpec::Kind::kSize || kKind == WindowSpec::Kind::kTumbling) {
        return std::make_unique<SuffixExtremesKernel<T, kKind>>(node.window);
      } else {
        if (has_min && has_max) return std::make_unique<ExtremesKernel<T, kKind, true, true>>(node.window);
        if (has_min) return std::make_unique<ExtremesKernel<T, kKind, true, false>>(node.window);
        return std::make_unique<ExtremesKernel<T, kKind, false, true>>(node.window);
      }
    });
  });
}

}  // namespace headrace
