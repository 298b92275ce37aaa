#include "compute/exact/limbs.h"

#include <gtest/gtest.h>

#include <vector>

namespace headrace {
namespace {

using Words = std::vector<uint64_t>;
constexpr uint64_t kOnes = ~uint64_t{0};
constexpr uint64_t kTop = uint64_t{1} << 63;

/// The result of adding magnitude · 2^shift, empty when it does not fit.
Words added(Words limbs, Words magnitude, unsigned shift) {
  return add_shifted(limbs, magnitude, shift, false) ? limbs : Words{};
}
Words subtracted(Words limbs, Words magnitude, unsigned shift) {
  return add_shifted(limbs, magnitude, shift, true) ? limbs : Words{};
}
Words shifted(Words limbs, unsigned shift) { return shift_left(limbs, shift) ? limbs : Words{}; }

TEST(AddShifted, CarriesThroughEveryLimb) {
  EXPECT_EQ(added({kOnes, 0, 0}, {1}, 0), (Words{0, 1, 0}));
  EXPECT_EQ(added({kOnes, kOnes, 0}, {1}, 0), (Words{0, 0, 1}));
  EXPECT_EQ(added({0, 0, 0}, {3}, 63), (Words{kTop, 1, 0}));
  EXPECT_EQ(added({0, 0, 0}, {1, 1}, 64), (Words{0, 1, 1}));
  EXPECT_EQ(subtracted({0, 0, 1}, {1}, 0), (Words{kOnes, kOnes, 0}));
}

TEST(AddShifted, CrossesZero) {
  EXPECT_EQ(subtracted({0, 0}, {1}, 0), (Words{kOnes, kOnes}));
  EXPECT_EQ(added({kOnes, kOnes}, {1}, 0), (Words{0, 0}));
  EXPECT_EQ(added({kOnes, kOnes}, {2}, 0), (Words{1, 0}));
  EXPECT_EQ(subtracted({1, 0}, {1}, 64), (Words{1, kOnes}));
}

TEST(AddShifted, RefusesWhatDoesNotFit) {
  EXPECT_EQ(added({kOnes, kTop - 1}, {1}, 0), Words{});
  EXPECT_EQ(added({0, 0}, {1}, 126), (Words{0, kTop >> 1}));
  EXPECT_EQ(added({0, 0}, {1}, 127), Words{});
  EXPECT_EQ(added({0, 0}, {1}, 128), Words{});
  EXPECT_EQ(added({0, 0}, {0}, 128), (Words{0, 0}));
  EXPECT_EQ(subtracted({0, 0}, {1}, 127), (Words{0, kTop}));
  EXPECT_EQ(subtracted({0, kTop}, {1}, 0), Words{});
  EXPECT_EQ(added({kOnes, kOnes}, {1}, 127), (Words{kOnes, kTop - 1}));
}

TEST(AddLimbs, RefusesOnlyEqualSignsWithAnother) {
  Words sum = {kOnes, kTop - 1};
  EXPECT_FALSE(add_limbs(sum, Words{1, 0}));
  sum = {kOnes, kTop - 1};
  EXPECT_TRUE(add_limbs(sum, Words{kOnes, kOnes}));
  EXPECT_EQ(sum, (Words{kOnes - 1, kTop - 1}));
  sum = {0, kTop};
  EXPECT_FALSE(add_limbs(sum, Words{kOnes, kOnes}));
}

TEST(ShiftLeft, KeepsTheSignOrRefuses) {
  EXPECT_EQ(shifted({1, 0}, 0), (Words{1, 0}));
  EXPECT_EQ(shifted({1, 0}, 126), (Words{0, kTop >> 1}));
  EXPECT_EQ(shifted({1, 0}, 127), Words{});
  EXPECT_EQ(shifted({kOnes, kOnes}, 127), (Words{0, kTop}));
  EXPECT_EQ(shifted({kOnes, kOnes}, 128), Words{});
  EXPECT_EQ(shifted({0, 0}, 4000), (Words{0, 0}));
  EXPECT_EQ(shifted({5, 0, 0}, 65), (Words{0, 10, 0}));
  EXPECT_EQ(shifted({kTop, 0}, 1), (Words{0, 1}));
  EXPECT_EQ(shifted({0, 1, 0}, 64), (Words{0, 0, 1}));
  EXPECT_EQ(shifted({0, 0, 1}, 64), Words{});
}

TEST(MakeAbsolute, NegatesNegatives) {
  Words limbs = {kOnes, kOnes};
  EXPECT_TRUE(make_absolute(limbs));
  EXPECT_EQ(limbs, (Words{1, 0}));
  limbs = {0, kTop};
  EXPECT_TRUE(make_absolute(limbs));
  EXPECT_EQ(limbs, (Words{0, kTop}));
  limbs = {7, 0};
  EXPECT_FALSE(make_absolute(limbs));
  EXPECT_EQ(limbs, (Words{7, 0}));
}

TEST(Absolute, TakesTheLeastInteger) {
  const Int128 least = static_cast<Int128>(static_cast<UInt128>(1) << 127);
  EXPECT_TRUE(absolute(least) == static_cast<UInt128>(1) << 127);
  EXPECT_TRUE(absolute(-5) == 5 && absolute(5) == 5 && absolute(0) == 0);
}

TEST(Square, FillsFourLimbs) {
  const UInt128 largest = (static_cast<UInt128>(1) << 127) - 1;
  const UInt256 result = square(largest);  // 2^254 − 2^128 + 1
  EXPECT_EQ(result.limb[0], 1u);
  EXPECT_EQ(result.limb[1], 0u);
  EXPECT_EQ(result.limb[2], kOnes);
  EXPECT_EQ(result.limb[3], (kTop >> 1) - 1);
}

TEST(UInt256, SubtractTellsTheBorrow) {
  UInt256 value = {{0, 0, 0, 1}};
  EXPECT_EQ(subtract(value, {{1, 0, 0, 0}}), 0u);
  EXPECT_EQ(value.limb[0] & value.limb[1] & value.limb[2], kOnes);
  EXPECT_EQ(value.limb[3], 0u);
  EXPECT_EQ(subtract(value, {{0, 0, 0, 1}}), kOnes);
}

}  // namespace
}  // namespace headrace
