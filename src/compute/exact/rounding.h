#pragma once

/// Correctly rounded conversions of exact integers and fractions to double: to nearest, ties to even, once.
///
/// Past the largest double the result is an infinity, which aggregates turn into null. The result is never −0.0.
/// Subnormal results are rounded at their own last place, so that nothing is rounded twice.
/// Pure functions, any thread. Inline: the usual case. Out of line: subnormal and overflowing results.

#include "compute/exact/limbs.h"

#include <bit>
#include <cstdint>

namespace headrace {

/// The rare half of round_scaled: the result may be subnormal or overflow. Takes 63 bits, the last of them sticky.
double round_extreme(bool negative, uint64_t folded, int exponent);

/// Rounds ±(significand + f) · 2^exponent, where f in [0, 1) is not 0 exactly when `inexact`.
/// REQUIRES: significand >= 2^62.
inline double round_scaled(bool negative, uint64_t significand, bool inexact, int exponent) {
  // With a sticky last bit, 63 bits are rounded by the processor as the whole number would be.
  const uint64_t folded = (significand >> 1) | (significand & 1) | static_cast<uint64_t>(inexact);
  exponent += 1;
  // 2^61 <= folded < 2^63 has a biased exponent of 1084 to 1086; it must stay within 1 and 2046.
  if (exponent < -1083 || exponent > 960) [[unlikely]]
    return round_extreme(negative, folded, exponent);
  const double magnitude = static_cast<double>(static_cast<int64_t>(folded));
  const uint64_t sign = static_cast<uint64_t>(negative) << 63;
  return std::bit_cast<double>((std::bit_cast<uint64_t>(magnitude) + (static_cast<uint64_t>(exponent) << 52)) | sign);
}

/// Rounds ±magnitude · 2^exponent.
inline double round_magnitude(bool negative, UInt128 magnitude, int exponent) {
  const uint64_t high = high_limb(magnitude);
  if (magnitude == 0) return 0.0;
  const int zeros = high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low_limb(magnitude));
  const UInt128 top = magnitude << zeros;
  return round_scaled(negative, high_limb(top), low_limb(top) != 0, exponent + 64 - zeros);
}

/// Rounds value · 2^exponent.
inline double round_integer(Int128 value, int exponent) {
  return round_magnitude(value < 0, absolute(value), exponent);
}

/// Whether round_middling() takes a sum in units of 2^exponent: below 2^104 units, and far from the limits of doubles.
inline bool is_middling(Int128 value, int exponent) {
  const uint64_t high = high_limb(static_cast<UInt128>(value));
  const bool is_small = high + (uint64_t{1} << 40) < uint64_t{1} << 41;
  return is_small & (static_cast<unsigned>(exponent + 900) < 1800);
}

/// What round_integer() gives, from two halves that are doubles: their sum is rounded once, and scaling it is exact.
/// REQUIRES: is_middling(value, exponent).
inline double round_middling(Int128 value, int exponent) {
  constexpr int kBits = 53;
  const auto upper = static_cast<int64_t>(value >> kBits);
  const auto lower = static_cast<int64_t>(low_limb(static_cast<UInt128>(value)) & ((uint64_t{1} << kBits) - 1));
  const double sum = static_cast<double>(upper) * 0x1p53 + static_cast<double>(lower);
  return sum * std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

struct QuotientAndRemainder {
  uint64_t quotient;
  uint64_t remainder;
};

/// REQUIRES: high_limb(dividend) < divisor, so that the quotient has 64 bits.
inline QuotientAndRemainder divide(UInt128 dividend, uint64_t divisor) {
  QuotientAndRemainder result;
#if defined(__x86_64__)
  __asm__("divq %4"
          : "=a"(result.quotient), "=d"(result.remainder)
          : "a"(low_limb(dividend)), "d"(high_limb(dividend)), "r"(divisor)
          : "cc");
#else
  result.quotient = static_cast<uint64_t>(dividend / divisor);
  result.remainder = static_cast<uint64_t>(dividend % divisor);
#endif
  return result;
}

/// Rounds ±(top + f) · 2^exponent / divisor, where f in [0, 1) is not 0 exactly when `inexact`.
/// REQUIRES: top >= 2^127, divisor > 0.
inline double round_normalized_quotient(bool negative, UInt128 top, bool inexact, uint64_t divisor, int exponent) {
  // A dividend in [2^126, 2^127) over a divisor in [2^63, 2^64) has a quotient in [2^62, 2^64).
  const int zeros = std::countl_zero(divisor);
  const QuotientAndRemainder result = divide(top >> 1, divisor << zeros);
  inexact |= result.remainder != 0 || (low_limb(top) & 1) != 0;
  return round_scaled(negative, result.quotient, inexact, exponent + 1 + zeros);
}

/// Rounds ±magnitude · 2^exponent / divisor, of a magnitude of four limbs of which one of the upper two is not zero:
/// most often, so that nothing is looked for. REQUIRES: divisor > 0.
inline double round_wide_quotient(const UInt256& magnitude, uint64_t divisor, int exponent) {
  const bool has_four = magnitude.limb[3] != 0;
  const uint64_t first = has_four ? magnitude.limb[3] : magnitude.limb[2];
  const uint64_t second = has_four ? magnitude.limb[2] : magnitude.limb[1];
  const uint64_t third = has_four ? magnitude.limb[1] : magnitude.limb[0];
  const uint64_t fourth = has_four ? magnitude.limb[0] : 0;
  const int zeros = std::countl_zero(first);
  // Limb by limb: compilers allow for shifts of 64 and more.
  const uint64_t high = (first << zeros) | ((second >> 1) >> (63 - zeros));
  const uint64_t low = (second << zeros) | ((third >> 1) >> (63 - zeros));
  const bool inexact = ((third << zeros) | fourth) != 0;
  return round_normalized_quotient(false, join_limbs(low, high), inexact, divisor,
                                   exponent + (has_four ? 128 : 64) - zeros);
}

/// Rounds ±magnitude · 2^exponent / divisor, of a magnitude of N limbs. REQUIRES: divisor > 0.
template <int N>
inline double round_quotient(bool negative, const uint64_t (&magnitude)[N], uint64_t divisor, int exponent) {
  int top = N - 1;
  while (top >= 0 && magnitude[top] == 0) --top;
  if (top < 0) return 0.0;
  const uint64_t first = magnitude[top];
  const uint64_t second = top > 0 ? magnitude[top - 1] : 0;
  const uint64_t third = top > 1 ? magnitude[top - 2] : 0;
  const int zeros = std::countl_zero(first);
  const uint64_t carried = zeros != 0 ? third >> (64 - zeros) : 0;
  uint64_t rest = third << zeros;
  for (int i = 0; i < top - 2; ++i) rest |= magnitude[i];
  const UInt128 normalized = (join_limbs(second, first) << zeros) | carried;
  return round_normalized_quotient(negative, normalized, rest != 0, divisor, exponent + 64 * (top - 1) - zeros);
}

}  // namespace headrace
