#include "base/exact_shares.h"

#include <gtest/gtest.h>

#include <numeric>

namespace headrace {
namespace {

using Shares = std::vector<int64_t>;

TEST(ExactShares, WhatIsLeftGoesToTheLargestRemainders) {
  EXPECT_EQ(exact_shares(10, {1, 1, 1}), (Shares{4, 3, 3}));
  EXPECT_EQ(exact_shares(10, {1, 2, 3}), (Shares{2, 3, 5}));  // 1.67, 3.33, 5
  EXPECT_EQ(exact_shares(1, {3, 5}), (Shares{0, 1}));
  EXPECT_EQ(exact_shares(0, {3, 5}), (Shares{0, 0}));
  EXPECT_EQ(exact_shares(7, {0, 5}), (Shares{0, 7}));
}

TEST(ExactShares, WithoutWeightsAllHaveTheSame) { EXPECT_EQ(exact_shares(7, {0, 0}), (Shares{4, 3})); }

TEST(ExactShares, AddUpAlsoWhereTheProductIsLongerThanAWord) {
  const Shares weights = {INT64_MAX, INT64_MAX / 3, 1};
  const Shares shares = exact_shares(INT64_MAX, weights);
  EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t{0}), INT64_MAX);
}

TEST(EqualShares, NeverShrinkWhenTheWholeGrows) {
  Shares before(7, 0);
  for (int64_t whole = 0; whole < 100; ++whole) {
    const Shares shares = equal_shares(whole, 7);
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t{0}), whole);
    for (size_t i = 0; i < 7; ++i) EXPECT_GE(shares[i], before[i]);
    before = shares;
  }
}

}  // namespace
}  // namespace headrace
