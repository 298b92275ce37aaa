#include "compute/aggregates/moments.h"

#include "testing/exact_streams.h"
#include "testing/plain_statistics.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kInt64Min = std::numeric_limits<int64_t>::min();

template <typename A>
std::optional<double> value_of(Aggregation which, const std::vector<typename A::Input>& values) {
  const A aggregate;
  auto state = aggregate.identity();
  for (const auto& value : values) aggregate.update(state, value);
  return written(aggregate, state, which);
}
using Doubles = std::vector<double>;

std::optional<double> sum_of(const Doubles& values) {
  return value_of<SumAggregate<double>>(Aggregation::kSum, values);
}
std::optional<double> mean_of(const Doubles& values) {
  return value_of<SumAggregate<double>>(Aggregation::kMean, values);
}
std::optional<double> variance_of(const Doubles& values) {
  return value_of<MomentsAggregate<double>>(Aggregation::kVariance, values);
}
std::optional<int64_t> integer_sum_of(const std::vector<int64_t>& values) {
  const SumAggregate<int64_t> aggregate;
  auto state = aggregate.identity();
  for (const int64_t value : values) aggregate.update(state, value);
  Slot slot = 0;
  if (!aggregate.write(state, Aggregation::kSum, {}, slot)) return std::nullopt;
  return from_slot<int64_t>(slot);
}

TEST(ExactStates, FitACacheLine) {
  EXPECT_EQ(sizeof(SumAggregate<double>::State), 24u);
  EXPECT_EQ(sizeof(MomentsAggregate<double>::State), 56u);
  EXPECT_TRUE(std::is_trivially_copyable_v<MomentsAggregate<double>::State>);
  EXPECT_TRUE(Retractable<SumAggregate<double>> && Retractable<MomentsAggregate<int64_t>>);
}

TEST(Sum, IsExactAndRoundedOnce) {
  EXPECT_EQ(sum_of({0.1, 0.2, 0.3}), 0.6);  // plain doubles say 0.6000000000000001
  EXPECT_EQ(sum_of({1e16, 1.0, -1e16}), 1.0);
  EXPECT_EQ(sum_of({1e308, 1e308, -1e308}), 1e308);
  EXPECT_EQ(sum_of({1e308, 5e-324, -1e308}), 5e-324);
  EXPECT_EQ(sum_of({0x1p53, 1.0}), 0x1p53);
  EXPECT_EQ(sum_of({0x1p53, 1.0, kSmallest}), 0x1p53 + 2);
}

TEST(Sum, IsNullPastTheLargestDouble) {
  EXPECT_EQ(sum_of({kLargest}), kLargest);
  EXPECT_EQ(sum_of({kLargest, 0x1p969}), kLargest);
  EXPECT_EQ(sum_of({kLargest, 0x1p970}), std::nullopt);
  EXPECT_EQ(mean_of({kLargest, kLargest}), std::nullopt);
  EXPECT_EQ(mean_of({kLargest, kLargest, -kLargest}), kLargest / 3);
}

TEST(Sum, OfNothingIsNullAndOfZerosIsZero) {
  EXPECT_EQ(sum_of({}), std::nullopt);
  EXPECT_EQ(mean_of({}), std::nullopt);
  EXPECT_EQ(sum_of({0.0, 0.0}), 0.0);
  EXPECT_EQ(mean_of({0.0}), 0.0);
  EXPECT_FALSE(std::signbit(*mean_of({-kSmallest, 0.0})));
  EXPECT_FALSE(std::signbit(*sum_of({-1.0, 1.0})));
}

TEST(SumOfIntegers, StaysAnIntegerAndIsNullOnOverflow) {
  EXPECT_EQ(integer_sum_of({kInt64Max}), kInt64Max);
  EXPECT_EQ(integer_sum_of({kInt64Max, 1}), std::nullopt);
  EXPECT_EQ(integer_sum_of({kInt64Max, 1, -1}), kInt64Max);
  EXPECT_EQ(integer_sum_of({kInt64Min}), kInt64Min);
  EXPECT_EQ(integer_sum_of({kInt64Min, -1}), std::nullopt);
  EXPECT_EQ(integer_sum_of({}), std::nullopt);
}

TEST(MeanOfIntegers, DividesTheRoundedExactSum) {
  using Integers = SumAggregate<int64_t>;
  EXPECT_EQ(value_of<Integers>(Aggregation::kMean, {1, 2}), 1.5);
  EXPECT_EQ(value_of<Integers>(Aggregation::kMean, {kInt64Max, kInt64Max}), 0x1p63);
  EXPECT_EQ(value_of<Integers>(Aggregation::kMean, {kInt64Min, kInt64Min, 0}), -0x1p64 / 3);
}

TEST(Variance, HasNoCancellation) {
  EXPECT_EQ(variance_of({1e9 + 1, 1e9 + 2, 1e9 + 3}), 1.0);
  EXPECT_EQ(variance_of({0.1, 0.1, 0.1}), 0.0);
  EXPECT_EQ(variance_of({1.0, 2.0, 3.0, 4.0}), 5.0 / 3.0);
  EXPECT_EQ(value_of<MomentsAggregate<double>>(Aggregation::kVariancePop, {1.0, 2.0, 3.0, 4.0}), 1.25);
  EXPECT_EQ(value_of<MomentsAggregate<double>>(Aggregation::kStddev, {2.0, 4.0, 6.0}), 2.0);
  EXPECT_EQ(value_of<MomentsAggregate<int64_t>>(Aggregation::kVariance, {kInt64Max, kInt64Max - 2}), 2.0);
}

TEST(Variance, NeedsTwoValuesAndARangeOfDoubles) {
  EXPECT_EQ(variance_of({1.0}), std::nullopt);
  EXPECT_EQ(value_of<MomentsAggregate<double>>(Aggregation::kVariancePop, {1.0}), 0.0);
  EXPECT_EQ(variance_of({1e200, -1e200}), std::nullopt);
  EXPECT_EQ(value_of<MomentsAggregate<double>>(Aggregation::kStddev, {1e200, -1e200}), std::nullopt);
  EXPECT_EQ(variance_of({kSmallest, 0.0}), 0.0);
}

TEST(CompactStates, HoldSeventyFourBinades) {
  const SumAggregate<double> aggregate;
  auto state = aggregate.identity();
  for (const double value : {1.0 / 3.0, 0x1p37 / 3.0, 0x1p-36 / 3.0, 0x1p-80, 0.0}) aggregate.update(state, value);
  EXPECT_EQ(aggregate.wide_promotions(), 0u);
  aggregate.update(state, 1e30);
  EXPECT_EQ(aggregate.wide_promotions(), 1u);
  EXPECT_EQ(aggregate.wide_states(), 1u);
}

TEST(WideStates, EndWhenTheyAreEmpty) {
  const MomentsAggregate<double> aggregate;
  auto state = aggregate.identity();
  for (int round = 0; round < 3; ++round) {
    aggregate.update(state, 1e300);
    aggregate.update(state, 0.0);
    aggregate.update(state, 1e-300);
    EXPECT_EQ(aggregate.wide_states(), 1u);
    aggregate.retract(state, 1e300);
    EXPECT_EQ(written(aggregate, state, Aggregation::kSum), 1e-300);
    aggregate.retract(state, 1e-300);
    EXPECT_EQ(written(aggregate, state, Aggregation::kVariancePop), 0.0);
    aggregate.retract(state, 0.0);
    EXPECT_EQ(aggregate.wide_states(), 0u);
  }
  EXPECT_EQ(aggregate.wide_promotions(), 3u);
}

TEST(WideStates, AreClonedWithTheirBlock) {
  const SumAggregate<double> aggregate;
  auto state = aggregate.identity();
  aggregate.update(state, 1e300);
  aggregate.update(state, 1e-300);
  auto copy = aggregate.clone(state);
  aggregate.retract(copy, 1e300);
  EXPECT_EQ(written(aggregate, state, Aggregation::kSum), 1e300);
  EXPECT_EQ(written(aggregate, copy, Aggregation::kSum), 1e-300);
  aggregate.reset(copy);
  EXPECT_EQ(written(aggregate, state, Aggregation::kSum), 1e300);
}

template <typename T>
void expect_moments(const MomentsAggregate<T>& aggregate, const typename MomentsAggregate<T>::State& state,
                    const std::vector<T>& values) {
  ASSERT_EQ(written(aggregate, state, Aggregation::kMean), plain_mean(values));
  for (const int less_one : {0, 1}) {
    const std::optional<double> variance = plain_variance(values, less_one);
    const auto which = less_one == 1 ? Aggregation::kVariance : Aggregation::kVariancePop;
    const auto root = less_one == 1 ? Aggregation::kStddev : Aggregation::kStddevPop;
    ASSERT_EQ(written(aggregate, state, which), variance);
    ASSERT_EQ(written(aggregate, state, root), plain_root(variance, false));
  }
}

TEST(Moments, EqualTheDefinitionForEveryKindOfNumbers) {
  NumberSource source(21);
  for (const NumberKind kind : kNumberKinds) {
    SCOPED_TRACE(testing::Message() << "seed 21, kind " << static_cast<int>(kind));
    const MomentsAggregate<double> moments;
    const SumAggregate<double> sums;
    const auto draw = [&] { return random_number(kind, source); };
    drive_exact(moments, source, 150, draw,
                [&](const auto& state, const Doubles& values) { expect_moments(moments, state, values); });
    drive_exact(sums, source, 150, draw, [&](const auto& state, const Doubles& values) {
      const auto expected = values.empty() ? std::nullopt : plain_result({plain_sum(values), plain_scale(1)});
      ASSERT_EQ(written(sums, state, Aggregation::kSum), expected);
      ASSERT_EQ(written(sums, state, Aggregation::kMean), plain_mean(values));
    });
    EXPECT_EQ(moments.wide_states() + sums.wide_states(), 0u);
  }
}

TEST(Moments, EqualTheDefinitionForIntegers) {
  NumberSource source(22);
  const MomentsAggregate<int64_t> moments;
  drive_exact(
      moments, source, 400, [&] { return random_integer(source); },
      [&](const auto& state, const std::vector<int64_t>& values) { expect_moments(moments, state, values); });
  EXPECT_EQ(moments.wide_promotions(), 0u);
}

}  // namespace
}  // namespace headrace
