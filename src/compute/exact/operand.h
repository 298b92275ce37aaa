#pragma once

/// How a value enters an exact sum: as an integer multiple of the state's unit.
///
/// A unit is 2^(base − 1075), where base is the biased exponent of the double whose last place it is: 1 is the unit of
/// subnormals, 1075 that of integers. A compact state takes values below 2^126 units, 74 binades from its base.

#include "compute/exact/limbs.h"

#include <bit>
#include <cstdint>

namespace headrace {

inline constexpr unsigned kExponentBias = 1075;
inline constexpr unsigned kIntegerBase = kExponentBias;
inline constexpr unsigned kCompactShiftMax = 73;
/// The first value of a state is put this far above the base, in the middle of the range.
inline constexpr unsigned kFirstShift = 36;

/// ±magnitude · 2^(base − 1075).
struct Operand {
  uint64_t magnitude;
  unsigned base;
  bool negative;
};

/// REQUIRES: value is finite.
inline Operand to_operand(double value) {
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  const unsigned biased = static_cast<unsigned>(bits >> 52) & 0x7ff;
  if (biased == 0) return {fraction, 1, (bits >> 63) != 0};
  return {fraction | (uint64_t{1} << 52), biased, (bits >> 63) != 0};
}

inline Operand to_operand(int64_t value) {
  const bool negative = value < 0;
  return {negative ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value), kIntegerBase, negative};
}

/// The integer 1, for sums that have no second factor.
inline Operand unit_operand() { return {1, kIntegerBase, false}; }

/// The magnitude of a value in units of a base, and all ones in `sign` when it is negative.
struct Scaled {
  UInt128 magnitude;
  uint64_t sign;

  Int128 signed_value() const {
    const Int128 mask = static_cast<Int128>(static_cast<int64_t>(sign));
    return (static_cast<Int128>(magnitude) ^ mask) - mask;
  }
};

/// Returns false, for the slow path, when the value is not a plain multiple of the unit below 2^126. Zero always fits,
/// whatever the base. REQUIRES: value is finite and not −0.0.
inline bool scale(double value, unsigned base, Scaled& result) {
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  uint64_t nonzero = bits != 0 ? 1 : 0;
  __asm__("" : "+r"(nonzero));  // hides the condition, of which the compiler would make a branch
  const unsigned biased = static_cast<unsigned>(bits >> 52) & 0x7ff;
  // A subnormal is below every base, so that its wrong leading bit is never used.
  const unsigned shift = (biased - base) & (0u - static_cast<unsigned>(nonzero));
  result.sign = static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63);
  if (shift > kCompactShiftMax) [[unlikely]]
    return false;
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | (nonzero << 52);
  result.magnitude = static_cast<UInt128>(mantissa) << shift;
  return true;
}

inline bool scale(int64_t value, unsigned base, Scaled& result) {
  result.sign = static_cast<uint64_t>(value >> 63);
  result.magnitude = (static_cast<uint64_t>(value) ^ result.sign) - result.sign;
  return base == kIntegerBase;
}

}  // namespace headrace
