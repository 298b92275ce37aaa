#pragma once

/// Where windows begin and end. The only place that computes window edges; changes.h turns them round: when an edge passes an
/// event.

#include "compute/windows/window.h"

namespace headrace {

/// Event times u with start <= u < end; a closed or open edge is expressed by moving it a microsecond, because time is
/// counted in whole microseconds.
struct Bounds {
  int64_t start = kTimeMin;
  int64_t end = kTimeMax;
};

/// The events that a window of a known kind covers at t; both bounds rise with t. In kernels, where the kind is known
/// and this is done for every instant.
template <WindowSpec::Kind kind>
[[gnu::always_inline]] constexpr Bounds bounds_of(const WindowSpec& window, int64_t t) {
  const int64_t size = window.size.us;
  if constexpr (kind == WindowSpec::Kind::kSize) {
    const int64_t at = t - window.offset.us;
    const bool low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
    const bool high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
    return {at - size + (low ? 0 : 1), at + (high ? 1 : 0)};
  } else if constexpr (kind == WindowSpec::Kind::kTumbling) {
    const int64_t end = floor_divide(t - window.offset.us, size) * size + window.offset.us;
    return {end - size, end};
  } else {
    return {kTimeMin, t + 1};
  }
}

/// The same for any window. REQUIRES: kind is kSize, kTumbling or kLifetime. For session and last windows only `end`
/// (u <= t) is meaningful.
constexpr Bounds bounds_at(const WindowSpec& window, int64_t t) {
  switch (window.kind) {
    case WindowSpec::Kind::kSize: return bounds_of<WindowSpec::Kind::kSize>(window, t);
    case WindowSpec::Kind::kTumbling: return bounds_of<WindowSpec::Kind::kTumbling>(window, t);
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kSession:
    case WindowSpec::Kind::kLifetime: return bounds_of<WindowSpec::Kind::kLifetime>(window, t);
  }
  return {};
}

}  // namespace headrace
