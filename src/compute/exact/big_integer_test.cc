#include "compute/exact/big_integer.h"

#include "testing/number_streams.h"
#include "testing/plain_integer.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace headrace {
namespace {

struct Both {
  BigInteger big;
  PlainInteger plain;
};

Both random_both(NumberSource& source, int limbs_max) {
  Both result;
  const auto limbs = static_cast<int>(uniform(source, 0, limbs_max));
  for (int i = 0; i < limbs; ++i) {
    const uint64_t limb = source() % 3 == 0 ? 0 : source() % 3 == 0 ? ~uint64_t{0} : source();
    bool inexact = false;
    result.big = result.big.shifted(64, inexact) + BigInteger::from_unsigned(limb);
    result.plain = (result.plain << 64) + (PlainInteger(static_cast<int64_t>(limb >> 1)) << 1) +
                   PlainInteger(static_cast<int64_t>(limb & 1));
  }
  if (source() % 2 == 0) return {-result.big, -result.plain};
  return result;
}

bool same(const BigInteger& big, const PlainInteger& plain) {
  PlainInteger back;
  const std::span<const uint64_t> limbs = big.magnitude();
  for (size_t i = limbs.size(); i-- > 0;) {
    back = (back << 64) + (PlainInteger(static_cast<int64_t>(limbs[i] >> 1)) << 1) +
           PlainInteger(static_cast<int64_t>(limbs[i] & 1));
  }
  return (big.negative() ? -back : back) == plain;
}

TEST(BigInteger, ComputesAsThePlainInteger) {
  NumberSource source(5);
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE(testing::Message() << "seed 5, case " << i);
    const Both a = random_both(source, 8);
    const Both b = random_both(source, 8);
    ASSERT_TRUE(same(a.big, a.plain));
    ASSERT_TRUE(same(a.big + b.big, a.plain + b.plain));
    ASSERT_TRUE(same(a.big - b.big, a.plain - b.plain));
    ASSERT_TRUE(same(a.big * b.big, a.plain * b.plain));
    ASSERT_EQ(a.big.bit_count(), a.plain.bit_count());
    bool inexact = false;
    const auto shift = static_cast<int>(uniform(source, 0, 300));
    ASSERT_TRUE(same(a.big.shifted(shift, inexact), a.plain << shift));
    ASSERT_TRUE(same(a.big.shifted(shift, inexact).shifted(-shift, inexact), a.plain));
    ASSERT_FALSE(inexact);
  }
}

TEST(BigInteger, ShiftingDownTellsWhatItDrops) {
  bool inexact = false;
  EXPECT_TRUE(same(BigInteger(12).shifted(-2, inexact), 3));
  EXPECT_FALSE(inexact);
  EXPECT_TRUE(same(BigInteger(13).shifted(-2, inexact), 3));
  EXPECT_TRUE(inexact);
  inexact = false;
  EXPECT_TRUE(BigInteger(1).shifted(-1000, inexact).is_zero());
  EXPECT_TRUE(inexact);
}

TEST(BigInteger, ReadsTwosComplement) {
  EXPECT_TRUE(same(BigInteger::from_limbs(std::vector<uint64_t>{~uint64_t{0}, ~uint64_t{0}}), -1));
  EXPECT_TRUE(same(BigInteger::from_limbs(std::vector<uint64_t>{5, 0, 0}), 5));
  EXPECT_TRUE(same(BigInteger(std::numeric_limits<int64_t>::min()), PlainInteger(std::numeric_limits<int64_t>::min())));
  EXPECT_TRUE(BigInteger::from_limbs(std::vector<uint64_t>{0, 0}).is_zero());
}

TEST(RoundQuotientOfBigIntegers, EqualsThePlainDefinition) {
  NumberSource source(6);
  for (int i = 0; i < 4000; ++i) {
    SCOPED_TRACE(testing::Message() << "seed 6, case " << i);
    const Both a = random_both(source, 8);
    Both b = random_both(source, 8);
    if (b.plain.is_zero()) continue;
    if (b.plain.negative()) b = {-b.big, -b.plain};
    ASSERT_EQ(round_quotient(a.big, b.big, 0), plain_nearest(a.plain, b.plain));
    // A quotient that is a tie, and its neighbours.
    const Both tie = {b.big * BigInteger((int64_t{1} << 53) + 1), b.plain * PlainInteger((int64_t{1} << 53) + 1)};
    ASSERT_EQ(round_quotient(tie.big, b.big, 0), 0x1p53);
    ASSERT_EQ(round_quotient(tie.big + BigInteger(1), b.big, 0), plain_nearest(tie.plain + PlainInteger(1), b.plain));
    ASSERT_EQ(round_quotient(tie.big - BigInteger(1), b.big, 0), plain_nearest(tie.plain - PlainInteger(1), b.plain));
  }
}

}  // namespace
}  // namespace headrace
