#include "compute/exact/rounding.h"

#include "compute/exact/big_integer.h"
#include "testing/number_streams.h"
#include "testing/plain_integer.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace headrace {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr int64_t k53 = int64_t{1} << 53;

TEST(RoundInteger, TiesGoToEven) {
  EXPECT_EQ(round_integer(k53 - 1, 0), 0x1p53 - 1);
  EXPECT_EQ(round_integer(k53, 0), 0x1p53);
  EXPECT_EQ(round_integer(k53 + 1, 0), 0x1p53);
  EXPECT_EQ(round_integer(k53 + 3, 0), 0x1p53 + 4);
  EXPECT_EQ(round_integer(-k53 - 1, 0), -0x1p53);
  EXPECT_EQ(round_integer(-k53 - 3, 0), -0x1p53 - 4);
}

TEST(RoundInteger, ASingleBitFarBelowBreaksTheTie) {
  const Int128 tie = static_cast<Int128>(k53 + 1) << 70;
  EXPECT_EQ(round_integer(tie - 1, -70), 0x1p53);
  EXPECT_EQ(round_integer(tie, -70), 0x1p53);
  EXPECT_EQ(round_integer(tie + 1, -70), 0x1p53 + 2);
}

TEST(RoundInteger, ZeroHasNoSign) {
  EXPECT_EQ(std::bit_cast<uint64_t>(round_integer(0, 500)), 0u);
  EXPECT_EQ(std::bit_cast<uint64_t>(round_integer(-1, -2000)), 0u);
  EXPECT_EQ(std::bit_cast<uint64_t>(round_integer(-1, -1075)), 0u);
}

TEST(RoundInteger, SubnormalsRoundAtTheirOwnLastPlace) {
  EXPECT_EQ(round_integer(1, -1074), 0x1p-1074);
  EXPECT_EQ(round_integer(1, -1075), 0.0);
  EXPECT_EQ(round_integer(3, -1075), 0x1p-1073);
  EXPECT_EQ(round_integer(-3, -1076), -0x1p-1074);
  EXPECT_EQ(round_integer(static_cast<Int128>(1) << 60, -1083), 0x1p-1023);
  EXPECT_EQ(round_integer(k53 - 1, -1075), 0x1p-1022);
  EXPECT_EQ(round_integer(k53 - 3, -1075), 0x1p-1022 - 0x1p-1073);
  EXPECT_EQ(round_integer(k53 + 1, -1074), 0x1p-1021);
  // Rounded to 53 bits first, and then to the 52 that are left, this would be a tie and go up.
  EXPECT_EQ(round_integer((static_cast<Int128>(1) << 60) + (1 << 8) - 1, -1083), 0x1p-1023);
}

TEST(RoundInteger, PastTheLargestIsInfinite) {
  EXPECT_EQ(round_integer(k53 - 1, 971), kLargest);
  EXPECT_EQ(round_integer(k53, 971), kInfinity);
  EXPECT_EQ(round_integer(-k53, 971), -kInfinity);
  EXPECT_EQ(round_integer(2 * k53 - 1, 970), kInfinity);  // the tie between the largest and what follows
  EXPECT_EQ(round_integer((4 * static_cast<Int128>(k53) - 3), 969), kLargest);
  EXPECT_EQ(round_integer(1, 100'000), kInfinity);
}

TEST(RoundQuotient, RoundsOnce) {
  const uint64_t one[1] = {1};
  EXPECT_EQ(round_quotient(false, one, 3, 0), 1.0 / 3.0);
  EXPECT_EQ(round_quotient(true, one, 10, 0), -0.1);
  EXPECT_EQ(round_quotient(false, one, 1, -1074), 0x1p-1074);
  EXPECT_EQ(round_quotient(true, one, 3, -1074), 0.0);
  EXPECT_EQ(round_quotient(false, one, uint64_t{1} << 63, 1086), 0x1p1023);
  EXPECT_EQ(round_quotient(false, one, uint64_t{1} << 63, 1087), kInfinity);
  const uint64_t zero[3] = {};
  EXPECT_EQ(round_quotient(false, zero, 7, 0), 0.0);
  const uint64_t sticky[4] = {1, 0, 0, (uint64_t{1} << 53) + 1};
  EXPECT_EQ(round_quotient(false, sticky, 1, -192), 0x1p53 + 2);
}

TEST(Rounding, MiddlingSumsAreRoundedFromTwoHalves) {
  EXPECT_FALSE(is_middling(static_cast<Int128>(1) << 104, 0));
  EXPECT_FALSE(is_middling(-(static_cast<Int128>(1) << 104) - 1, 0));
  EXPECT_TRUE(is_middling(-(static_cast<Int128>(1) << 104), 0));
  EXPECT_FALSE(is_middling(1, -901));
  EXPECT_FALSE(is_middling(1, 900));
  NumberSource source(12);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = static_cast<int>(uniform(source, 0, 104));
    UInt128 magnitude = join_limbs(source(), source()) & ((static_cast<UInt128>(1) << bits) - 1);
    if (source() % 4 == 0) magnitude &= ~static_cast<UInt128>(0) << uniform(source, 0, 100);  // ties
    const Int128 sum = source() % 2 == 0 ? static_cast<Int128>(magnitude) : -static_cast<Int128>(magnitude);
    const auto exponent = static_cast<int>(uniform(source, -900, 899));
    ASSERT_TRUE(is_middling(sum, exponent)) << "seed 12, case " << i;
    ASSERT_EQ(std::bit_cast<uint64_t>(round_middling(sum, exponent)),
              std::bit_cast<uint64_t>(round_integer(sum, exponent)))
        << "seed 12, case " << i;
  }
}

TEST(Rounding, EqualsThePlainDefinition) {
  NumberSource source(11);
  for (int i = 0; i < 5000; ++i) {
    uint64_t limbs[5] = {};
    const auto used = static_cast<int>(uniform(source, 1, 5));
    for (int j = 0; j < used; ++j) limbs[j] = source() >> uniform(source, 0, 63);
    if (source() % 4 == 0) limbs[0] = uint64_t{1} << uniform(source, 0, 63);
    const uint64_t divisor = (source() >> uniform(source, 0, 62)) | 1;
    const auto exponent = static_cast<int>(source() % 3 == 0 ? uniform(source, -1400, 1024) : uniform(source, -200, 0));
    const bool negative = source() % 2 == 0;
    PlainInteger plain;
    for (int j = used - 1; j >= 0; --j) {
      plain = (plain << 64) + (PlainInteger(static_cast<int64_t>(limbs[j] >> 1)) << 1) +
              PlainInteger(static_cast<int64_t>(limbs[j] & 1));
    }
    if (negative) plain = -plain;
    const PlainInteger plain_divisor = (PlainInteger(static_cast<int64_t>(divisor >> 1)) << 1) + PlainInteger(1);
    const PlainInteger up = plain << std::max(exponent, 0);
    const PlainInteger down = PlainInteger(1) << std::max(-exponent, 0);
    SCOPED_TRACE(testing::Message() << "seed 11, case " << i);
    const double expected = plain_nearest(up, plain_divisor * down);
    ASSERT_EQ(round_quotient(negative, limbs, divisor, exponent), expected);
    if (used <= 2) {
      ASSERT_EQ(round_magnitude(negative, join_limbs(limbs[0], limbs[1]), exponent), plain_nearest(up, down));
    }
    if (limbs[4] == 0 && (limbs[3] | limbs[2]) != 0 && !negative) {
      ASSERT_EQ(round_wide_quotient({{limbs[0], limbs[1], limbs[2], limbs[3]}}, divisor, exponent), expected);
    }
    std::vector<uint64_t> unsigned_limbs(limbs, limbs + 5);
    unsigned_limbs.push_back(0);
    const BigInteger big = BigInteger::from_limbs(unsigned_limbs);
    const BigInteger signed_big = negative ? -big : big;
    ASSERT_EQ(round_to_double(signed_big, exponent), plain_nearest(up, down));
    ASSERT_EQ(round_quotient(signed_big, BigInteger::from_unsigned(divisor), exponent), expected);
    ASSERT_FALSE(std::signbit(expected) && expected == 0.0);
  }
}

}  // namespace
}  // namespace headrace
