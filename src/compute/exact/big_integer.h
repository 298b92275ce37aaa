#pragma once

/// Signed integers of up to 16,384 bits on the stack, for reading exact sums where the inline paths do not reach.
///
/// Enough for every formula over sums of fourth powers across the full range of doubles; more is a bug (CHECK).
/// Only the limbs in use are copied. Values, any thread.

#include <cstdint>
#include <span>

namespace headrace {

class BigInteger {
 public:
  static constexpr int kLimbs = 256;

  BigInteger() : size_(0), negative_(false) {}
  BigInteger(int64_t value);  // NOLINT(google-explicit-constructor): a number is a number
  BigInteger(const BigInteger& other);
  BigInteger& operator=(const BigInteger& other);
  static BigInteger from_unsigned(uint64_t value);
  /// Reads two's complement, see limbs.h.
  static BigInteger from_limbs(std::span<const uint64_t> limbs);

  bool is_zero() const { return size_ == 0; }
  bool negative() const { return negative_; }
  /// Without leading zero limbs; empty for zero.
  std::span<const uint64_t> magnitude() const { return {limbs_, static_cast<size_t>(size_)}; }
  /// Number of bits of the magnitude; 0 for zero.
  int bit_count() const;

  BigInteger operator-() const;
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b);

  /// magnitude · 2^shift with the same sign; a negative shift drops bits and says so in `inexact`.
  BigInteger shifted(int shift, bool& inexact) const;

 private:
  static int compare_magnitudes(const BigInteger& a, const BigInteger& b);
  static BigInteger add_magnitudes(const BigInteger& a, const BigInteger& b);
  static BigInteger subtract_magnitudes(const BigInteger& larger, const BigInteger& smaller);
  void trim();

  uint64_t limbs_[kLimbs];
  int size_;
  bool negative_;
};

/// Rounds value · 2^exponent to the nearest double, as rounding.h does.
double round_to_double(const BigInteger& value, int exponent);

/// Rounds numerator · 2^exponent / denominator. REQUIRES: denominator > 0.
double round_quotient(const BigInteger& numerator, const BigInteger& denominator, int exponent);

}  // namespace headrace
