#include "delivery/change/value_difference.h"

#include "delivery/change/compare_versions.h"
#include "delivery/change/sampled_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace headrace {
namespace {

constexpr int64_t kHour = 3'600'000'000;

Column texts(const std::vector<std::string>& values) {
  ColumnBuilder builder({ScalarType::kString});
  for (const std::string& each : values) builder.append_string(each);
  return std::move(builder).finish();
}

/// 24 hours of four keys; p3 is off by a factor where `is_wrong`.
ValueDifference compared_day(double factor, double tolerance, double no_number = 0.0) {
  std::vector<std::string> keys;
  std::vector<int64_t> times;
  std::vector<double> before;
  std::vector<double> now;
  for (int64_t hour = 0; hour < 24; ++hour) {
    for (int key = 0; key < 4; ++key) {
      keys.push_back("p" + std::to_string(key));
      times.push_back(hour * kHour);
      before.push_back(10.0 + key);
      now.push_back(key == 3 ? before.back() * factor : before.back());
    }
  }
  if (std::isnan(no_number)) before[0] = now[0] = no_number;
  RowSegments segments({"pump_id"});
  PairComparison comparison("low", segments, tolerance);
  const auto rows = segments.add({texts(keys)}, make_column(ScalarType::kTimestamp, times));
  comparison.add(make_column(before), make_column(now), rows);
  return comparison.finish();
}

TEST(ValueDifference, FindsTheKeyThatDiffers) {
  const ValueDifference difference = compared_day(1.5, 0.0);
  EXPECT_EQ(difference.rows, 96);
  EXPECT_EQ(difference.differing, 24);
  EXPECT_EQ(difference.keys, 4);
  EXPECT_EQ(difference.keys_differing, 1);
  EXPECT_EQ(difference.absolute_max, 6.5);
  EXPECT_EQ(difference.absolute_mean, 6.5);
  EXPECT_EQ(difference.relative_max, 0.5);
  ASSERT_TRUE(difference.segment);
  EXPECT_EQ(difference.segment->of, "pump_id");
  EXPECT_EQ(difference.segment->value, "p3");
  EXPECT_EQ(difference.segment->excess, 0.75);
  ASSERT_EQ(difference.worst.size(), 1u);
  EXPECT_EQ(difference.worst[0].key, "p3");
  EXPECT_EQ(difference.before->mean, 11.5);
  EXPECT_EQ(difference.before->quantiles[3], 11.5);
  EXPECT_EQ(difference.quantile_rows, 96);
}

TEST(ValueDifference, EqualityIsOfBits) {
  EXPECT_EQ(compared_day(1.0, 0.0).differing, 0);
  EXPECT_EQ(compared_day(1.0 + 1e-15, 0.0).differing, 24);
  EXPECT_EQ(compared_day(1.0 + 1e-15, 1e-12).differing, 0);
  EXPECT_EQ(compared_day(1.0, 0.0, std::nan("")).differing, 0);
}

TEST(ValueDifference, CountsNullsOfEitherSide) {
  RowSegments segments({"id"});
  PairComparison comparison("x", segments, 0.0);
  const auto rows = segments.add({make_column(ScalarType::kInt64, {1, 2, 3, 4})},
                                 make_column(ScalarType::kTimestamp, {0, -1, 30 * kHour, 31 * kHour}));
  comparison.add(make_column({1, 0, 0, 4}, {1, 0, 0, 1}), make_column({0, 2, 0, 4}, {0, 1, 0, 1}), rows);
  const ValueDifference difference = comparison.finish();
  EXPECT_EQ(difference.differing, 2);
  EXPECT_EQ(difference.null_before_only, 1);
  EXPECT_EQ(difference.null_now_only, 1);
  EXPECT_EQ(difference.nulls_before, 2);
  EXPECT_EQ(difference.null_rate_delta(), 0.0);
  EXPECT_EQ(rows[1].day, -1);
  EXPECT_EQ(rows[1].hour, 23);
}

TEST(ValueDifference, QuantilesOfManyRowsAreOfSomeEvenlySpread) {
  RowSegments segments({"id"});
  PairComparison comparison("x", segments, 0.0);
  std::vector<double> values;
  std::vector<int64_t> times;
  for (int i = 0; i < 300'000; ++i) {
    values.push_back(i);
    times.push_back(i);
  }
  const auto rows = segments.add({make_column(ScalarType::kInt64, std::vector<int64_t>(values.size(), 7))},
                                 make_column(ScalarType::kTimestamp, times));
  comparison.add(make_column(values), make_column(values), rows);
  const ValueDifference difference = comparison.finish();
  EXPECT_EQ(difference.rows, 300'000);
  EXPECT_LT(difference.quantile_rows, static_cast<int64_t>(kQuantileRowsMax));
  EXPECT_GT(difference.quantile_rows, static_cast<int64_t>(kQuantileRowsMax / 4));
  EXPECT_NEAR(difference.before->quantiles[3], 150'000, 20);
}

TEST(ValueDifference, IsHeldAgainstWhatIsExpected) {
  const ValueDifference difference = compared_day(1.5, 0.0);  // the mean goes from 11.5 to 13.125
  EXPECT_NE(broken_expectation({.is_none = true}, difference), "");
  EXPECT_EQ(broken_expectation({.is_none = true}, compared_day(1.0, 0.0)), "");
  EXPECT_EQ(broken_expectation({.mean_shift = ExpectedInterval{0.1, 0.2}}, difference), "");
  EXPECT_NE(broken_expectation({.mean_shift = ExpectedInterval{0.0, 0.1}}, difference), "");
  EXPECT_NE(broken_expectation({.null_rate_delta = ExpectedInterval{0.1, 0.2}}, difference), "");
}

TEST(SampledSource, KeepsTheSameKeysAndNestsSamples) {
  ColumnBuilder ids({ScalarType::kInt64});
  for (int i = 0; i < 20'000; ++i) ids.append_int64(i % 2000);
  MemorySource source({Batch{20'000, {std::move(ids).finish()}}});
  const auto kept = [&](double share) {
    SampledSource sampled(source, 1, share);
    std::multiset<int64_t> keys;
    EXPECT_TRUE(sampled
                    .read(0,
                          [&](const Batch& batch) -> Status {
                            for (int64_t row = 0; row < batch.rows; ++row) keys.insert(batch.columns[0].int64s()[row]);
                            return {};
                          })
                    .ok());
    return keys;
  };
  const auto small = kept(0.01);
  const auto greater = kept(0.05);
  EXPECT_GT(std::set<int64_t>(small.begin(), small.end()).size(), 5u);
  EXPECT_NEAR(static_cast<double>(std::set<int64_t>(greater.begin(), greater.end()).size()), 100, 40);
  for (const int64_t key : small) EXPECT_EQ(greater.count(key), 10u);
  EXPECT_EQ(kept(1.0).size(), 20'000u);
}

}  // namespace
}  // namespace headrace
