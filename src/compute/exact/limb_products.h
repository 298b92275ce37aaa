#pragma once

/// Products and sums of small fixed numbers of limbs, unrolled by the compiler: the inline paths of exact aggregates.
///
/// Pure functions, any thread.

#include "compute/exact/limbs.h"

namespace headrace {

/// An unsigned integer, least significant limb first.
template <int N>
struct Limbs {
  uint64_t limb[N];
};

template <int A, int B>
inline Limbs<A + B> multiply(const Limbs<A>& a, const Limbs<B>& b) {
  Limbs<A + B> result = {};
  for (int j = 0; j < B; ++j) {
    uint64_t carry = 0;
    for (int i = 0; i < A; ++i) {
      const UInt128 sum = static_cast<UInt128>(a.limb[i]) * b.limb[j] + result.limb[i + j] + carry;
      result.limb[i + j] = low_limb(sum);
      carry = high_limb(sum);
    }
    result.limb[A + j] = carry;
  }
  return result;
}

/// Adds to, or subtracts from, an integer of N limbs in two's complement. Returns false when the result does not fit.
/// REQUIRES: value < 2^(64·N − 1).
template <int N>
[[nodiscard]] inline bool add_or_subtract(uint64_t* limbs, const Limbs<N>& value, bool subtract) {
  // Subtracting is adding the complement and one.
  const uint64_t flip = subtract ? ~uint64_t{0} : 0;
  const uint64_t before = limbs[N - 1];
  uint64_t carry = subtract ? 1 : 0;
  for (int i = 0; i < N; ++i) {
    const UInt128 sum = static_cast<UInt128>(limbs[i]) + (value.limb[i] ^ flip) + carry;
    limbs[i] = low_limb(sum);
    carry = high_limb(sum);
  }
  // The result does not fit when both summands had one sign and it has the other.
  const uint64_t summand = value.limb[N - 1] ^ flip;
  return static_cast<int64_t>((before ^ limbs[N - 1]) & (summand ^ limbs[N - 1])) >= 0;
}

}  // namespace headrace
