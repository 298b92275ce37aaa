#include "compute/aggregates/pair_moments.h"

#include "testing/exact_streams.h"
#include "testing/plain_statistics.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

using Pair = std::pair<double, double>;

std::optional<double> value_of(Aggregation which, const std::vector<Pair>& pairs) {
  const PairMomentsAggregate<double, double> aggregate;
  auto state = aggregate.identity();
  for (const Pair& pair : pairs) aggregate.update(state, pair);
  return written(aggregate, state, which);
}

TEST(Covariance, IsOfTheSample) {
  EXPECT_EQ(value_of(Aggregation::kCovariance, {{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}}), 2.0);
  EXPECT_EQ(value_of(Aggregation::kCovariance, {{1.0, 2.0}}), std::nullopt);
  EXPECT_EQ(value_of(Aggregation::kCovariance, {{1.0, 2.0}, {1.0, 3.0}}), 0.0);
  EXPECT_EQ(value_of(Aggregation::kCovariance, {{1e300, 1e300}, {-1e300, -1e300}}), std::nullopt);
}

TEST(Correlation, IsOneOnALineAndNullForAConstantSide) {
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{0.1, 0.2}, {0.3, 0.6}}), 1.0);
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{0.1, 3.0}, {0.3, 1.0}}), -1.0);
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{1e300, 1e-300}, {-1e300, -1e-300}}), 1.0);
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{1.0, 2.0}, {1.0, 3.0}}), std::nullopt);
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{1.0, 2.0}}), std::nullopt);
  EXPECT_EQ(value_of(Aggregation::kCorrelation, {{0.0, 1.0}, {1.0, 0.0}, {0.0, 0.0}, {1.0, 1.0}}), 0.0);
}

template <typename X, typename Y>
void expect_definition(const char* trace, std::pair<X, Y> (*draw)(NumberKind, NumberSource&), NumberKind kind) {
  SCOPED_TRACE(testing::Message() << trace << ", seed 41, kind " << static_cast<int>(kind));
  NumberSource source(41);
  const PairMomentsAggregate<X, Y> pairs;
  const auto check = [&](const auto& state, const std::vector<std::pair<X, Y>>& values) {
    ASSERT_EQ(written(pairs, state, Aggregation::kCovariance), plain_covariance(values));
    ASSERT_EQ(written(pairs, state, Aggregation::kCorrelation), plain_correlation(values));
  };
  drive_exact(pairs, source, 60, [&] { return draw(kind, source); }, check);
  EXPECT_EQ(pairs.wide_states(), 0u);
}

Pair draw_doubles(NumberKind kind, NumberSource& source) {
  const double x = random_number(kind, source);
  // Another kind on the other side, and sometimes a line.
  const auto other = kNumberKinds[static_cast<size_t>(uniform(source, 0, std::ssize(kNumberKinds) - 1))];
  return {x, source() % 2 == 0 ? x : random_number(other, source)};
}
std::pair<int64_t, double> draw_mixed(NumberKind kind, NumberSource& source) {
  return {random_integer(source), random_number(kind, source)};
}
std::pair<int64_t, int64_t> draw_integers(NumberKind, NumberSource& source) {
  return {random_integer(source), random_integer(source)};
}

TEST(PairMoments, EqualTheDefinitionForEveryKindOfNumbers) {
  for (const NumberKind kind : kNumberKinds) {
    expect_definition<double, double>("two doubles", draw_doubles, kind);
    expect_definition<int64_t, double>("integer and double", draw_mixed, kind);
  }
  expect_definition<int64_t, int64_t>("two integers", draw_integers, NumberKind::kUnit);
}

}  // namespace
}  // namespace headrace
