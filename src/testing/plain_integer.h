#pragma once

/// A slow, obvious integer without bounds, and what is defined by it: the oracle of the exact arithmetic's tests.
///
/// Digits of 32 bits in a vector, schoolbook everything, division by subtraction. It shares no code with compute/exact.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace headrace {

class PlainInteger {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a number is a number
  PlainInteger(int64_t value = 0) : negative_(value < 0) {
    const uint64_t magnitude = negative_ ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    digits_ = {static_cast<uint32_t>(magnitude), static_cast<uint32_t>(magnitude >> 32)};
    trim();
  }

  bool is_zero() const { return digits_.empty(); }
  bool negative() const { return negative_; }
  int bit_count() const {
    return is_zero() ? 0 : 32 * static_cast<int>(digits_.size()) - std::countl_zero(digits_.back());
  }

  PlainInteger operator-() const {
    PlainInteger result = *this;
    result.negative_ = !negative_ && !is_zero();
    return result;
  }

  PlainInteger operator<<(int shift) const {
    PlainInteger result = *this;
    result.digits_.insert(result.digits_.begin(), static_cast<size_t>(shift / 32), 0);
    for (int i = 0; i < shift % 32; ++i) result.double_magnitude();
    result.trim();
    return result;
  }

  friend PlainInteger operator+(const PlainInteger& a, const PlainInteger& b) {
    if (a.negative_ == b.negative_) return a.with_magnitudes_added(b);
    return less_magnitude(a, b) ? b.with_magnitude_subtracted(a) : a.with_magnitude_subtracted(b);
  }
  friend PlainInteger operator-(const PlainInteger& a, const PlainInteger& b) { return a + -b; }

  friend PlainInteger operator*(const PlainInteger& a, const PlainInteger& b) {
    PlainInteger result;
    result.negative_ = a.negative_ != b.negative_;
    result.digits_.assign(a.digits_.size() + b.digits_.size() + 1, 0);
    for (size_t i = 0; i < a.digits_.size(); ++i) {
      uint64_t carry = 0;
      for (size_t j = 0; j < b.digits_.size() || carry != 0; ++j) {
        const uint64_t digit = j < b.digits_.size() ? b.digits_[j] : 0;
        carry += result.digits_[i + j] + uint64_t{a.digits_[i]} * digit;
        result.digits_[i + j] = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
    }
    result.trim();
    return result;
  }

  static bool less_magnitude(const PlainInteger& a, const PlainInteger& b) {
    if (a.digits_.size() != b.digits_.size()) return a.digits_.size() < b.digits_.size();
    return std::lexicographical_compare(a.digits_.rbegin(), a.digits_.rend(), b.digits_.rbegin(), b.digits_.rend());
  }
  friend bool operator==(const PlainInteger&, const PlainInteger&) = default;

 private:
  void trim() {
    while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
    if (digits_.empty()) negative_ = false;
  }
  void double_magnitude() {
    uint32_t carry = 0;
    for (uint32_t& digit : digits_) {
      const uint32_t next = digit >> 31;
      digit = (digit << 1) | carry;
      carry = next;
    }
    if (carry != 0) digits_.push_back(carry);
  }
  PlainInteger with_magnitudes_added(const PlainInteger& other) const {
    PlainInteger result = *this;
    result.digits_.resize(std::max(digits_.size(), other.digits_.size()) + 1, 0);
    uint64_t carry = 0;
    for (size_t i = 0; i < result.digits_.size(); ++i) {
      carry += uint64_t{result.digits_[i]} + (i < other.digits_.size() ? other.digits_[i] : 0);
      result.digits_[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    result.trim();
    return result;
  }
  PlainInteger with_magnitude_subtracted(const PlainInteger& smaller) const {
    PlainInteger result = *this;
    int64_t borrow = 0;
    for (size_t i = 0; i < digits_.size(); ++i) {
      int64_t digit = int64_t{digits_[i]} - (i < smaller.digits_.size() ? smaller.digits_[i] : 0) + borrow;
      borrow = digit < 0 ? -1 : 0;
      if (digit < 0) digit += int64_t{1} << 32;
      result.digits_[i] = static_cast<uint32_t>(digit);
    }
    result.trim();
    return result;
  }

  std::vector<uint32_t> digits_;  // least significant first, no zeros on top
  bool negative_ = false;
};

/// The unit in which every double is an integer: 2^-1074.
inline constexpr int kSmallestExponent = -1074;

inline PlainInteger plain_units(double value) {
  int exponent = 0;
  const auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  exponent -= 53;
  const int shift = exponent - kSmallestExponent;
  // A subnormal has its low bits free.
  return shift >= 0 ? PlainInteger(mantissa) << shift : PlainInteger(mantissa >> -shift);
}
inline PlainInteger plain_units(int64_t value) { return PlainInteger(value) << -kSmallestExponent; }

/// The double nearest to numerator / denominator, ties to even; an infinity past the largest; never −0.0.
/// REQUIRES: denominator > 0.
inline double plain_nearest(const PlainInteger& numerator, const PlainInteger& denominator) {
  if (numerator.is_zero()) return 0.0;
  PlainInteger rest = numerator.negative() ? -numerator : numerator;
  // Count in last places of a number that may be one binade too low, and not below the smallest double.
  const int last_place = std::max(rest.bit_count() - denominator.bit_count() - 54, kSmallestExponent);
  const PlainInteger unit = denominator << std::max(last_place, 0);
  rest = rest << std::max(-last_place, 0);
  int64_t places = 0;
  for (int bit = 56; bit >= 0; --bit) {
    const PlainInteger piece = unit << bit;
    if (PlainInteger::less_magnitude(rest, piece)) continue;
    rest = rest - piece;
    places |= int64_t{1} << bit;
  }
  // Drop places until 53 bits are left, remembering the last one dropped and whether more was.
  int dropped = 0;
  while (places >> dropped >= int64_t{1} << 53) ++dropped;
  const int64_t kept = places >> dropped;
  const PlainInteger remainder = (PlainInteger(places - (kept << dropped)) * unit + rest) << 1;
  const PlainInteger whole = unit << dropped;
  const bool above = PlainInteger::less_magnitude(whole, remainder);
  const bool up = above || (remainder == whole && kept % 2 != 0);
  const double magnitude = std::ldexp(static_cast<double>(kept + (up ? 1 : 0)), last_place + dropped);
  return numerator.negative() && magnitude != 0.0 ? -magnitude : magnitude;
}

}  // namespace headrace
