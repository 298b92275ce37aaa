#include "compute/aggregates/ordered.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>

namespace headrace {
namespace {

template <typename T>
std::optional<double> percentile(const std::vector<T>& values, double p, Aggregation which = Aggregation::kPercentile) {
  const OrderedAggregate<T> algebra;
  auto state = algebra.identity();
  for (const T value : values) algebra.update(state, value, EventTime{0});
  Slot out = 0;
  if (!algebra.write(state, which, {.p = p}, out)) return std::nullopt;
  return from_slot<double>(out);
}

TEST(OrderedTest, PercentilesInterpolateAsPercentileCont) {
  const struct {
    std::vector<double> values;
    double p;
    std::optional<double> result;
  } facts[] = {
      {{}, 0.5, std::nullopt},
      {{7.0}, 0.0, 7.0},
      {{7.0}, 1.0, 7.0},
      {{2.0, 1.0}, 0.5, 1.5},
      {{1.5, 2.25, -4.5}, 0.95, 2.175},
      {{1.5, 2.25, -4.5}, 0.3, -0.9000000000000004},
      {{1.5, 2.25, -4.5, 1000.0, 0.1, 0.3}, 0.95, 750.5625},
      {{1.5, 2.25, -4.5, 1000.0, 0.1, 0.3}, 0.5, 0.8999999999999999},
      {{0.1, 0.3, 7.0}, 0.3, 0.21999999999999997},
      {{-1e308, 1e308}, 0.5, std::nullopt},  // the difference overflows
      {{-1e308, 1e308}, 1.0, 1e308},
      {{-5e-324, 5e-324}, 0.5, 0.0},
  };
  for (const auto& fact : facts) EXPECT_EQ(percentile(fact.values, fact.p), fact.result) << fact.p;
}

TEST(OrderedTest, IntegersBecomeDoublesBeforeTheyAreSubtracted) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(percentile<int64_t>({-kMax - 1, kMax}, 0.5), 0.0);
  EXPECT_EQ(percentile<int64_t>({kMax, kMax - 1}, 0.5), 9223372036854775808.0);
  EXPECT_EQ(percentile<int64_t>({3, 1, 2}, 0.25), 1.5);
}

TEST(OrderedTest, MedianIgnoresP) { EXPECT_EQ(percentile<double>({1, 2, 4}, 0.9, Aggregation::kMedian), 2.0); }

}  // namespace
}  // namespace headrace
