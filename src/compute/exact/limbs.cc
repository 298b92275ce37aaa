#include "compute/exact/limbs.h"

#include <algorithm>
#include <cstddef>

namespace headrace {
namespace {

/// Adds `value` and a carry to a limb; returns the carry out.
inline uint64_t add_carry(uint64_t& limb, uint64_t value, uint64_t carry) {
  const UInt128 sum = static_cast<UInt128>(limb) + value + carry;
  limb = low_limb(sum);
  return high_limb(sum);
}

inline uint64_t subtract_borrow(uint64_t& limb, uint64_t value, uint64_t borrow) {
  const UInt128 difference = static_cast<UInt128>(limb) - value - borrow;
  limb = low_limb(difference);
  return high_limb(difference) & 1;
}

/// The limb at `index` of magnitude << bit.
inline uint64_t shifted_limb(std::span<const uint64_t> magnitude, size_t index, unsigned bit) {
  const uint64_t low = index < magnitude.size() ? magnitude[index] << bit : 0;
  const uint64_t high = bit != 0 && index > 0 ? magnitude[index - 1] >> (64 - bit) : 0;
  return low | high;
}

}  // namespace

bool add_shifted(std::span<uint64_t> limbs, std::span<const uint64_t> magnitude, unsigned shift, bool subtract) {
  const bool was_negative = is_negative(limbs);
  const unsigned bit = shift % 64;
  size_t at = shift / 64;
  uint64_t carry = 0;
  for (size_t i = 0; i <= magnitude.size(); ++i, ++at) {
    const uint64_t piece = shifted_limb(magnitude, i, bit);
    if (at >= limbs.size()) {
      if (piece != 0) return false;
      continue;
    }
    carry = subtract ? subtract_borrow(limbs[at], piece, carry) : add_carry(limbs[at], piece, carry);
  }
  for (; carry != 0 && at < limbs.size(); ++at) {
    carry = subtract ? subtract_borrow(limbs[at], 0, carry) : add_carry(limbs[at], 0, carry);
  }
  // Moving away from zero must keep the sign without a carry; moving across zero has a carry and the other sign.
  const bool away = was_negative == subtract;
  const bool kept_sign = is_negative(limbs) == was_negative;
  return away ? carry == 0 && kept_sign : carry == 0 || !kept_sign;
}

bool add_limbs(std::span<uint64_t> limbs, std::span<const uint64_t> other) {
  const bool was_negative = is_negative(limbs);
  uint64_t carry = 0;
  for (size_t i = 0; i < limbs.size(); ++i) carry = add_carry(limbs[i], other[i], carry);
  return was_negative != is_negative(other) || is_negative(limbs) == was_negative;
}

bool shift_left(std::span<uint64_t> limbs, unsigned shift) {
  const size_t words = shift / 64;
  const unsigned bit = shift % 64;
  const uint64_t sign = is_negative(limbs) ? ~uint64_t{0} : 0;
  // The bits shifted out, and the new sign bit, must all repeat the sign.
  for (size_t i = limbs.size() - std::min(words, limbs.size()); i < limbs.size(); ++i) {
    if (limbs[i] != sign) return false;
  }
  if (words >= limbs.size()) return sign == 0;  // only zero has no bits to lose
  const uint64_t top = limbs[limbs.size() - 1 - words];
  if (static_cast<uint64_t>(static_cast<int64_t>(top) >> (63 - bit)) != sign) return false;
  for (size_t i = limbs.size(); i-- > 0;) {
    uint64_t limb = i >= words ? limbs[i - words] << bit : 0;
    if (bit != 0 && i > words) limb |= limbs[i - words - 1] >> (64 - bit);
    limbs[i] = limb;
  }
  return true;
}

bool make_absolute(std::span<uint64_t> limbs) {
  if (!is_negative(limbs)) return false;
  uint64_t carry = 1;
  for (uint64_t& limb : limbs) {
    limb = ~limb;
    carry = add_carry(limb, 0, carry);
  }
  return true;
}

}  // namespace headrace
