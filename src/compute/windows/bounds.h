#pragma once

/// Where windows begin and end. The only place that computes window edges.

#include "compute/windows/window.h"

#include <limits>

namespace headrace {

/// Event times u with start <= u < end; a closed or open edge is expressed by moving it a microsecond, because time is
/// counted in whole microseconds.
struct Bounds {
  int64_t start = std::numeric_limits<int64_t>::min();
  int64_t end = std::numeric_limits<int64_t>::max();
};

/// The events that a size, tumbling or lifetime window covers at t; both bounds rise with t.
/// REQUIRES: kind is kSize, kTumbling or kLifetime. For session and last windows only `end` (u <= t) is meaningful.
constexpr Bounds bounds_at(const WindowSpec& window, int64_t t) {
  const int64_t size = window.size.us;
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const int64_t at = t - window.offset.us;
      const bool low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
      const bool high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
      return {at - size + (low ? 0 : 1), at + (high ? 1 : 0)};
    }
    case WindowSpec::Kind::kTumbling: {
      const int64_t end = floor_divide(t - window.offset.us, size) * size + window.offset.us;
      return {end - size, end};
    }
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kSession:
    case WindowSpec::Kind::kLifetime: return {std::numeric_limits<int64_t>::min(), t + 1};
  }
  return {};
}

}  // namespace headrace
