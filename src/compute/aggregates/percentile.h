#pragma once

/// The one formula for percentiles (language, section 5): linear between the two neighbouring values.

#include "compute/aggregates/aggregate.h"

#include <cmath>

namespace headrace {

/// Writes the percentile of `count` sorted values; at(i) gives the i-th as a double. False (null) for no values and
/// where the difference of the neighbours overflows. REQUIRES: 0 <= p <= 1.
template <typename At>
bool write_percentile(int64_t count, double p, At at, Slot& out) {
  if (count == 0) return false;
  const double h = static_cast<double>(count - 1) * p;
  const double low = std::floor(h);
  const auto index = static_cast<int64_t>(low);
  double value = at(index);
  if (h != low) value += (at(index + 1) - value) * (h - low);
  out = to_slot(value + 0.0);
  return std::isfinite(value);
}

}  // namespace headrace
