#include "compute/aggregates/power_moments.h"

#include "testing/exact_streams.h"
#include "testing/plain_statistics.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

std::optional<double> value_of(Aggregation which, const std::vector<double>& values) {
  const PowerMomentsAggregate<double> aggregate;
  auto state = aggregate.identity();
  for (const double value : values) aggregate.update(state, value);
  return written(aggregate, state, which);
}

TEST(Skewness, HasTheSignOfTheLongTail) {
  EXPECT_EQ(value_of(Aggregation::kSkewness, {1.0, 2.0, 3.0}), 0.0);
  EXPECT_EQ(value_of(Aggregation::kSkewness, {0.0, 0.0, 1.0}), std::sqrt(3.0));
  EXPECT_EQ(value_of(Aggregation::kSkewness, {0.0, 0.0, -1.0}), -std::sqrt(3.0));
  EXPECT_EQ(value_of(Aggregation::kSkewness, {1e300, 1e300, 2e300}), std::sqrt(3.0));
}

TEST(Skewness, NeedsThreeValuesAndIsZeroForEqualOnes) {
  EXPECT_EQ(value_of(Aggregation::kSkewness, {1.0, 2.0}), std::nullopt);
  EXPECT_EQ(value_of(Aggregation::kSkewness, {0.1, 0.1, 0.1}), 0.0);
}

TEST(Kurtosis, NeedsFourValuesAndIsZeroForEqualOnes) {
  EXPECT_EQ(value_of(Aggregation::kKurtosis, {1.0, 2.0, 3.0}), std::nullopt);
  EXPECT_EQ(value_of(Aggregation::kKurtosis, {0.1, 0.1, 0.1, 0.1}), 0.0);
  EXPECT_EQ(value_of(Aggregation::kKurtosis, {0.0, 0.0, 0.0, 1.0}), 4.0);
  EXPECT_EQ(value_of(Aggregation::kKurtosis, {0.0, 0.0, 1.0, 1.0}), -6.0);
}

template <typename T>
void expect_powers(const PowerMomentsAggregate<T>& aggregate, const ExactState<20>& state,
                   const std::vector<T>& values) {
  ASSERT_EQ(written(aggregate, state, Aggregation::kSkewness), plain_skewness(values));
  ASSERT_EQ(written(aggregate, state, Aggregation::kKurtosis), plain_kurtosis(values));
}

TEST(PowerMoments, EqualTheDefinitionForEveryKindOfNumbers) {
  NumberSource source(31);
  for (const NumberKind kind : kNumberKinds) {
    SCOPED_TRACE(testing::Message() << "seed 31, kind " << static_cast<int>(kind));
    const PowerMomentsAggregate<double> powers;
    drive_exact(
        powers, source, 40, [&] { return random_number(kind, source); },
        [&](const auto& state, const std::vector<double>& values) { expect_powers(powers, state, values); });
    EXPECT_EQ(powers.wide_states(), 0u);
  }
}

TEST(PowerMoments, EqualTheDefinitionForIntegers) {
  NumberSource source(32);
  const PowerMomentsAggregate<int64_t> powers;
  drive_exact(
      powers, source, 100, [&] { return random_integer(source); },
      [&](const auto& state, const std::vector<int64_t>& values) { expect_powers(powers, state, values); });
  EXPECT_EQ(powers.wide_promotions(), 0u);
}

}  // namespace
}  // namespace headrace
