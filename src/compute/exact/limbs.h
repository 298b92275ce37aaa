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

/// |value|, without a branch: sums change their sign at random.
inline UInt128 absolute(Int128 value) {
  const Int128 mask = value >> 127;
  return static_cast<UInt128>((value ^ mask)) - static_cast<UInt128>(mask);
}

/// Four limbs in registers.
struct UInt256 {
  uint64_t limb[4];
};

/// The carry chains are written in assembly where that matters: compilers make branches of carries, which on sums of
/// random values are mispredicted half of the time.

inline void add(UInt256& a, const UInt256& b) {
#if defined(__x86_64__)
  __asm__("addq %4, %0\n\tadcq %5, %1\n\tadcq %6, %2\n\tadcq %7, %3"
          : "+&r"(a.limb[0]), "+&r"(a.limb[1]), "+&r"(a.limb[2]), "+r"(a.limb[3])
          : "rm"(b.limb[0]), "rm"(b.limb[1]), "rm"(b.limb[2]), "rm"(b.limb[3])
          : "cc");
#else
  UInt128 sum = 0;
  for (int i = 0; i < 4; ++i) {
    sum += static_cast<UInt128>(a.limb[i]) + b.limb[i];
    a.limb[i] = low_limb(sum);
    sum >>= 64;
  }
#endif
}

/// Returns all ones when b > a, else 0.
inline uint64_t subtract(UInt256& a, const UInt256& b) {
  uint64_t borrow = 0;
#if defined(__x86_64__)
  __asm__("subq %5, %0\n\tsbbq %6, %1\n\tsbbq %7, %2\n\tsbbq %8, %3\n\tsbbq %4, %4"
          : "+&r"(a.limb[0]), "+&r"(a.limb[1]), "+&r"(a.limb[2]), "+&r"(a.limb[3]), "+r"(borrow)
          : "rm"(b.limb[0]), "rm"(b.limb[1]), "rm"(b.limb[2]), "rm"(b.limb[3])
          : "cc");
#else
  for (int i = 0; i < 4; ++i) {
    const UInt128 difference = static_cast<UInt128>(a.limb[i]) - b.limb[i] - (borrow & 1);
    a.limb[i] = low_limb(difference);
    borrow = high_limb(difference);
  }
#endif
  return borrow;
}

/// Adds value². REQUIRES: value < 2^127.
inline void add_square(UInt256& a, UInt128 value) {
  const uint64_t low = low_limb(value);
  const uint64_t high = high_limb(value);
  const UInt128 outer = static_cast<UInt128>(low) * low;
  const UInt128 inner = static_cast<UInt128>(high) * high;
  const UInt128 twice = static_cast<UInt128>(low) * high << 1;  // < 2^128
  add(a, {{low_limb(outer), high_limb(outer), low_limb(inner), high_limb(inner)}});
#if defined(__x86_64__)
  __asm__("addq %3, %0\n\tadcq %4, %1\n\tadcq $0, %2"
          : "+&r"(a.limb[1]), "+&r"(a.limb[2]), "+r"(a.limb[3])
          : "rm"(low_limb(twice)), "rm"(high_limb(twice))
          : "cc");
#else
  add(a, {{0, low_limb(twice), high_limb(twice), 0}});
#endif
}

/// REQUIRES: value < 2^127.
inline UInt256 square(UInt128 value) {
  const uint64_t low = low_limb(value);
  const uint64_t high = high_limb(value);
  const UInt128 outer = static_cast<UInt128>(low) * low;
  const UInt128 inner = static_cast<UInt128>(high) * high;
  const UInt128 twice = static_cast<UInt128>(low) * high << 1;  // < 2^128
  UInt256 result = {{low_limb(outer), high_limb(outer), low_limb(inner), high_limb(inner)}};
  add(result, {{0, low_limb(twice), high_limb(twice), 0}});
  return result;
}

}  // namespace headrace
