#include "compute/exact/rounding.h"

#include <cmath>

namespace headrace {

double round_extreme(bool negative, uint64_t folded, int exponent) {
  double magnitude = 0.0;
  if (exponent > 0) {
    magnitude = std::ldexp(static_cast<double>(static_cast<int64_t>(folded)), exponent);
  } else {
    // Below 2^-1021 doubles are the multiples of 2^-1074, and their bits are the multiple.
    const int shift = -1074 - exponent;
    if (shift >= 64) return 0.0;
    const uint64_t kept = folded >> shift;
    const uint64_t rest = folded << (64 - shift);
    const uint64_t half = uint64_t{1} << 63;
    const bool up = rest > half || (rest == half && (kept & 1) != 0);
    magnitude = std::bit_cast<double>(kept + (up ? 1 : 0));
  }
  return negative && magnitude != 0.0 ? -magnitude : magnitude;
}

}  // namespace headrace
