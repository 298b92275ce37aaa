#include "compute/aggregates/log_buckets.h"

#include "compute/aggregates/ordered.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

namespace headrace {
namespace {

template <typename Algebra>
std::optional<double> percentile(const std::vector<typename Algebra::Input>& values, double p, Aggregation which) {
  const Algebra algebra;
  auto state = algebra.identity();
  for (const auto value : values) algebra.update(state, value, EventTime{0});
  Slot out = 0;
  if (!algebra.write(state, which, {.p = p}, out)) return std::nullopt;
  return from_slot<double>(out);
}

template <typename T>
std::optional<double> approximate(const std::vector<T>& values, double p) {
  return percentile<LogBucketsAggregate<T>>(values, p, Aggregation::kApproxPercentile);
}

TEST(LogBucketsTest, ValuesAloneInTheirBucketsAreExact) {
  EXPECT_EQ(approximate<double>({}, 0.5), std::nullopt);
  const std::vector<double> values = {1.5, 2.25, -4.5, 1000.0, 0.1, 0.3, 0.0, -0.1, 1e308, -1e308, 5e-324, 0.3};
  for (const double p : {0.0, 0.1, 0.25, 0.5, 0.9, 0.95, 1.0}) {
    EXPECT_EQ(approximate(values, p), percentile<OrderedAggregate<double>>(values, p, Aggregation::kPercentile)) << p;
  }
  EXPECT_EQ(approximate<int64_t>({3, 1, 2}, 0.25), 1.5);
}

TEST(LogBucketsTest, ABucketStandsForItsMean) {
  EXPECT_EQ(approximate<double>({1.0, 1.0 + 0x1p-12}, 0.0), 1.0 + 0x1p-13);
  EXPECT_EQ(approximate<double>({-1.0, -1.0 - 0x1p-12}, 1.0), -1.0 - 0x1p-13);
}

TEST(LogBucketsTest, ErrorIsBelowOneInAThousand) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> draw(0.0, 3.0);
  std::vector<double> values;
  for (int i = 0; i < 50'000; ++i) values.push_back(random() % 4 == 0 ? -draw(random) : draw(random));
  for (const double p : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999, 1.0}) {
    const double exact = *percentile<OrderedAggregate<double>>(values, p, Aggregation::kPercentile);
    EXPECT_NEAR(*approximate(values, p), exact, std::abs(exact) * 0x1p-10) << p;
  }
}

}  // namespace
}  // namespace headrace
