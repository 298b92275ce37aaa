#include "compute/exact/big_integer.h"

#include "base/check.h"
#include "compute/exact/limbs.h"
#include "compute/exact/rounding.h"

#include <algorithm>
#include <bit>

namespace headrace {

BigInteger::BigInteger(int64_t value) : size_(value != 0 ? 1 : 0), negative_(value < 0) {
  limbs_[0] = negative_ ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

BigInteger::BigInteger(const BigInteger& other) : size_(other.size_), negative_(other.negative_) {
  std::copy_n(other.limbs_, size_, limbs_);
}

BigInteger& BigInteger::operator=(const BigInteger& other) {
  if (this == &other) return *this;
  size_ = other.size_;
  negative_ = other.negative_;
  std::copy_n(other.limbs_, size_, limbs_);
  return *this;
}

BigInteger BigInteger::from_unsigned(uint64_t value) {
  BigInteger result;
  result.limbs_[0] = value;
  result.size_ = value != 0 ? 1 : 0;
  return result;
}

BigInteger BigInteger::from_limbs(std::span<const uint64_t> limbs) {
  CHECK(limbs.size() <= kLimbs);
  BigInteger result;
  std::copy(limbs.begin(), limbs.end(), result.limbs_);
  result.size_ = static_cast<int>(limbs.size());
  result.negative_ = make_absolute({result.limbs_, limbs.size()});
  result.trim();
  return result;
}

int BigInteger::bit_count() const { return size_ == 0 ? 0 : 64 * size_ - std::countl_zero(limbs_[size_ - 1]); }

BigInteger BigInteger::operator-() const {
  BigInteger result = *this;
  result.negative_ = !negative_ && size_ != 0;
  return result;
}

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
  if (a.negative_ == b.negative_) return BigInteger::add_magnitudes(a, b);
  return BigInteger::compare_magnitudes(a, b) >= 0 ? BigInteger::subtract_magnitudes(a, b)
                                                   : BigInteger::subtract_magnitudes(b, a);
}

BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
  BigInteger result;
  if (a.size_ == 0 || b.size_ == 0) return result;
  CHECK(a.size_ + b.size_ <= BigInteger::kLimbs);
  result.size_ = a.size_ + b.size_;
  result.negative_ = a.negative_ != b.negative_;
  std::fill_n(result.limbs_, a.size_, 0);
  for (int j = 0; j < b.size_; ++j) {
    uint64_t carry = 0;
    for (int i = 0; i < a.size_; ++i) {
      const UInt128 sum = static_cast<UInt128>(a.limbs_[i]) * b.limbs_[j] + result.limbs_[i + j] + carry;
      result.limbs_[i + j] = low_limb(sum);
      carry = high_limb(sum);
    }
    result.limbs_[a.size_ + j] = carry;
  }
  result.trim();
  return result;
}

BigInteger BigInteger::shifted(int shift, bool& inexact) const {
  BigInteger result;
  if (size_ == 0) return result;
  result.negative_ = negative_;
  const int words = shift >= 0 ? shift / 64 : -((-shift + 63) / 64);
  const int bit = shift - 64 * words;  // 0 to 63, upwards
  CHECK(size_ + words + 1 <= kLimbs);
  // Limb i of the result holds limb i − words shifted up, and what is carried out of the limb below that.
  for (int i = std::min(words, 0); i < size_ + words + 1; ++i) {
    const int from = i - words;
    uint64_t limb = from >= 0 && from < size_ ? limbs_[from] << bit : 0;
    if (bit != 0 && from > 0) limb |= limbs_[from - 1] >> (64 - bit);
    if (i >= 0) {
      result.limbs_[i] = limb;
    } else {
      inexact |= limb != 0;
    }
  }
  result.size_ = std::max(0, size_ + words + 1);
  result.trim();
  return result;
}

int BigInteger::compare_magnitudes(const BigInteger& a, const BigInteger& b) {
  if (a.size_ != b.size_) return a.size_ < b.size_ ? -1 : 1;
  for (int i = a.size_ - 1; i >= 0; --i) {
    if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] < b.limbs_[i] ? -1 : 1;
  }
  return 0;
}

BigInteger BigInteger::add_magnitudes(const BigInteger& a, const BigInteger& b) {
  const BigInteger& longer = a.size_ >= b.size_ ? a : b;
  const BigInteger& shorter = a.size_ >= b.size_ ? b : a;
  CHECK(longer.size_ < kLimbs);
  BigInteger result;
  UInt128 carry = 0;
  for (int i = 0; i < longer.size_; ++i) {
    carry += static_cast<UInt128>(longer.limbs_[i]) + (i < shorter.size_ ? shorter.limbs_[i] : 0);
    result.limbs_[i] = low_limb(carry);
    carry >>= 64;
  }
  result.limbs_[longer.size_] = low_limb(carry);
  result.size_ = longer.size_ + 1;
  result.negative_ = a.negative_;
  result.trim();
  return result;
}

BigInteger BigInteger::subtract_magnitudes(const BigInteger& larger, const BigInteger& smaller) {
  BigInteger result;
  uint64_t borrow = 0;
  for (int i = 0; i < larger.size_; ++i) {
    const UInt128 difference =
        static_cast<UInt128>(larger.limbs_[i]) - (i < smaller.size_ ? smaller.limbs_[i] : 0) - borrow;
    result.limbs_[i] = low_limb(difference);
    borrow = high_limb(difference) & 1;
  }
  result.size_ = larger.size_;
  result.negative_ = larger.negative_;
  result.trim();
  return result;
}

void BigInteger::trim() {
  while (size_ > 0 && limbs_[size_ - 1] == 0) --size_;
  if (size_ == 0) negative_ = false;
}

double round_to_double(const BigInteger& value, int exponent) {
  if (value.is_zero()) return 0.0;
  const int drop = value.bit_count() - 64;
  bool inexact = false;
  const BigInteger top = value.shifted(-drop, inexact);
  return round_scaled(value.negative(), top.magnitude()[0], inexact, exponent + drop);
}

double round_quotient(const BigInteger& numerator, const BigInteger& denominator, int exponent) {
  CHECK(!denominator.is_zero() && !denominator.negative());
  if (numerator.is_zero()) return 0.0;
  // Scale the denominator to fill its limbs and the numerator to 63 bits more: one limb of quotient, at least 2^62.
  bool inexact = false;
  const int up = 64 * static_cast<int>(denominator.magnitude().size()) - denominator.bit_count();
  const BigInteger divisor = denominator.shifted(up, inexact);
  const int shift = divisor.bit_count() + 63 - numerator.bit_count();
  const BigInteger dividend = numerator.shifted(shift, inexact);
  const std::span<const uint64_t> digits = divisor.magnitude();
  const size_t size = digits.size();
  const UInt128 top = join_limbs(dividend.magnitude()[size - 1], dividend.magnitude()[size]);
  uint64_t quotient = divide(top, digits[size - 1]).quotient;

  // The quotient of the leading limbs is at most two too large.
  const BigInteger target = dividend.negative() ? -dividend : dividend;
  BigInteger remainder = target - divisor * BigInteger::from_unsigned(quotient);
  while (remainder.negative()) {
    remainder = remainder + divisor;
    --quotient;
  }
  inexact |= !remainder.is_zero();
  return round_scaled(numerator.negative(), quotient, inexact, exponent + up - shift);
}

}  // namespace headrace
