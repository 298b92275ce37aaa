#include "compute/aggregates/extremes.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>

namespace headrace {
namespace {

template <typename T>
std::optional<T> extreme(const std::vector<T>& values, Aggregation which) {
  const ExtremesAggregate<T> algebra;
  auto state = algebra.identity();
  for (const T value : values) algebra.update(state, value, EventTime{0});
  Slot out = 0;
  if (!algebra.write(state, which, {}, out)) return std::nullopt;
  return from_slot<T>(out);
}

TEST(ExtremesTest, EmptyIsNull) {
  for (const Aggregation which : {Aggregation::kMin, Aggregation::kMax, Aggregation::kRange}) {
    EXPECT_EQ(extreme<double>({}, which), std::nullopt);
    EXPECT_EQ(extreme<int64_t>({}, which), std::nullopt);
  }
}

TEST(ExtremesTest, RangesThatDoNotFitAreNull) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(extreme<int64_t>({-1, kMax}, Aggregation::kRange), std::nullopt);
  EXPECT_EQ(extreme<int64_t>({0, kMax}, Aggregation::kRange), kMax);
  EXPECT_EQ(extreme<double>({-1e308, 1e308}, Aggregation::kRange), std::nullopt);
  EXPECT_EQ(extreme<double>({-4.5, 2.25, 1.5}, Aggregation::kRange), 6.75);
  EXPECT_EQ(extreme<double>({3.5}, Aggregation::kRange), 0.0);
}

TEST(ExtremesTest, TextsCompareByBytes) {
  TextPool pool;
  const std::vector<Text> words = {pool.intern("b"), pool.intern("Z"), pool.intern("\xc3\xa4"), pool.intern("")};
  EXPECT_EQ(extreme(words, Aggregation::kMin)->view(), "");
  EXPECT_EQ(extreme(words, Aggregation::kMax)->view(), "\xc3\xa4");
}

}  // namespace
}  // namespace headrace
