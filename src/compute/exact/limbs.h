#pragma once

/// Integers of a fixed number of 64-bit limbs, least significant first, in two's complement: the storage of exact sums.
///
/// Every operation that could lose bits says so, and the caller moves to more limbs. Pure functions, any thread.

#include <cstdint>
#include <span>

namespace headrace {

using Int128 = __int128;
using UInt128 = unsigned __int128;

inline bool is_negative(std::span<const uint64_t> limbs) { return static_cast<int64_t>(limbs.back()) < 0; }

/// Adds magnitude · 2^shift, or subtracts it. Returns false when the result does not fit; `limbs` is then unspecified.
[[nodiscard]] bool add_shifted(std::span<uint64_t> limbs, std::span<const uint64_t> magnitude, unsigned shift,
                               bool subtract);

/// Adds another integer of the same number of limbs. Returns false when the result does not fit.
[[nodiscard]] bool add_limbs(std::span<uint64_t> limbs, std::span<const uint64_t> other);

/// Multiplies by 2^shift. Returns false, and changes nothing, when the result does not fit.
[[nodiscard]] bool shift_left(std::span<uint64_t> limbs, unsigned shift);

/// Replaces a negative integer by its negation, read as unsigned; returns whether it was negative.
bool make_absolute(std::span<uint64_t> limbs);

inline UInt128 join_limbs(uint64_t low, uint64_t high) { return (static_cast<UInt128>(high) << 64) | low; }
inline uint64_t low_limb(UInt128 value) { return static_cast<uint64_t>(value); }
inline uint64_t high_limb(UInt128 value) { return static_cast<uint64_t>(value >> 64); }

/// The 256-bit square of a 128-bit integer, in two halves.
struct Square256 {
  UInt128 low;
  UInt128 high;
};

/// REQUIRES: value < 2^127.
inline Square256 square(UInt128 value) {
  const uint64_t low = low_limb(value);
  const uint64_t high = high_limb(value);
  const UInt128 outer = static_cast<UInt128>(low) * low;
  const UInt128 cross = static_cast<UInt128>(low) * high;  // < 2^127: doubling it does not overflow
  Square256 result;
  result.low = outer + (cross << 65);
  result.high = static_cast<UInt128>(high) * high + (cross >> 63) + (result.low < outer ? 1 : 0);
  return result;
}

}  // namespace headrace
