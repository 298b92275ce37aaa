#pragma once

/// Internal to the kernels' seams: from run-time kinds to template arguments.

#include "base/check.h"
#include "compute/windows/recompute_kernel.h"
#include "compute/windows/retract_kernel.h"
#include "compute/windows/two_stacks_kernel.h"
#include "data/type.h"

#include <memory>

namespace headrace {

template <WindowSpec::Kind kind>
struct WindowTag {
  static constexpr WindowSpec::Kind value = kind;
};

/// Calls make(WindowTag<kind>) for a window that has a ring.
template <typename Make>
std::unique_ptr<StateKernel> for_window(const WindowSpec& window, Make&& make) {
  switch (window.kind) {
    case WindowSpec::Kind::kSize: return make(WindowTag<WindowSpec::Kind::kSize>());
    case WindowSpec::Kind::kLast: return make(WindowTag<WindowSpec::Kind::kLast>());
    case WindowSpec::Kind::kTumbling: return make(WindowTag<WindowSpec::Kind::kTumbling>());
    case WindowSpec::Kind::kSession: return make(WindowTag<WindowSpec::Kind::kSession>());
    case WindowSpec::Kind::kLifetime: break;
  }
  CHECK(false);
  return nullptr;
}

template <typename A>
std::unique_ptr<StateKernel> make_recomputing(A aggregate, const WindowSpec& window) {
  return std::make_unique<RecomputeKernel<A>>(std::move(aggregate), window);
}

/// The kernel of an aggregate that retracts, for any window.
template <Retractable A>
std::unique_ptr<StateKernel> make_retracting(A aggregate, const WindowSpec& window, KernelChoice choice) {
  if (choice == KernelChoice::kRecompute) return make_recomputing(std::move(aggregate), window);
  if (window.kind == WindowSpec::Kind::kLifetime) return std::make_unique<LifetimeKernel<A>>(std::move(aggregate));
  return for_window(window, [&](auto tag) -> std::unique_ptr<StateKernel> {
    return std::make_unique<RetractKernel<A, decltype(tag)::value>>(std::move(aggregate), window);
  });
}

/// The kernel of an aggregate that merges only.
template <Aggregate A>
std::unique_ptr<StateKernel> make_merging(A aggregate, const WindowSpec& window, KernelChoice choice) {
  if (choice == KernelChoice::kRecompute) return make_recomputing(std::move(aggregate), window);
  if (window.kind == WindowSpec::Kind::kLifetime) return std::make_unique<LifetimeKernel<A>>(std::move(aggregate));
  return for_window(window, [&](auto tag) -> std::unique_ptr<StateKernel> {
    return std::make_unique<TwoStacksKernel<A, decltype(tag)::value>>(std::move(aggregate), window);
  });
}

/// Calls make(T{}) with double or int64_t.
template <typename Make>
std::unique_ptr<StateKernel> for_number(ScalarType type, Make&& make) {
  if (type == ScalarType::kDouble) return make(double{});
  CHECK(type == ScalarType::kInt64);
  return make(int64_t{});
}

/// Calls make(T{}) with double, int64_t (also for timestamps and bools) or Text.
template <typename Make>
std::unique_ptr<StateKernel> for_value(ScalarType type, Make&& make) {
  if (type == ScalarType::kDouble) return make(double{});
  if (type == ScalarType::kString) return make(Text{});
  return make(int64_t{});
}

}  // namespace headrace
