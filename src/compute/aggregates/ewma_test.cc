#include "compute/aggregates/ewma.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>

namespace headrace {
namespace {

constexpr int64_t kMinute = 60 * kMicrosPerSecond;

struct Event {
  int64_t time_us;
  double value;
};

EwmaAlgebra::State state_of(const EwmaAggregate<double>& algebra, const std::vector<Event>& events) {
  auto state = algebra.identity();
  for (const Event& event : events) algebra.update(state, event.value, EventTime{event.time_us});
  return state;
}

std::optional<double> ewma(const std::vector<Event>& events, Duration half_life) {
  const EwmaAggregate<double> algebra(half_life);
  Slot out = 0;
  if (!algebra.write(state_of(algebra, events), Aggregation::kEwma, {}, out)) return std::nullopt;
  return from_slot<double>(out);
}

TEST(EwmaTest, Values) {
  const Duration half_life{20 * kMinute};
  EXPECT_EQ(ewma({}, half_life), std::nullopt);
  EXPECT_EQ(ewma({{5, 1.5}}, half_life), 1.5);
  EXPECT_NEAR(*ewma({{0, 1.5}, {10 * kMinute, 2.25}, {10 * kMinute, -4.5}}, half_life), -0.4393398282201787, 1e-15);
  EXPECT_EQ(ewma({{0, 3.0}, {20 * kMinute, 6.0}}, half_life), 5.0);
  EXPECT_EQ(ewma({{20 * kMinute, 6.0}, {0, 3.0}}, half_life), 5.0);  // late
  EXPECT_EQ(ewma({{-20 * kMinute, 3.0}, {0, 6.0}}, half_life), 5.0);
}

TEST(EwmaTest, WhatIsFarInThePastIsForgotten) {
  EXPECT_EQ(ewma({{0, 1e300}, {5000, 2.0}}, Duration{1}), 2.0);
  EXPECT_EQ(ewma({{5000, 2.0}, {0, 1e300}}, Duration{1}), 2.0);
  EXPECT_EQ(ewma({{kTimestampMicrosMin, 1.0}, {kTimestampMicrosMax, 2.0}}, Duration{1}), 2.0);
}

TEST(EwmaTest, LargeAndSmallMagnitudes) {
  constexpr double kMax = std::numeric_limits<double>::max();
  EXPECT_EQ(ewma({{3, kMax}}, Duration{10}), kMax);
  EXPECT_EQ(ewma({{0, kMax}, {0, kMax}}, Duration{10}), std::nullopt);  // the weighted sum overflows
  EXPECT_EQ(ewma({{0, 1e308}, {10, 1e308}}, Duration{10}), 1e308);      // 1.5e308 does not
  EXPECT_EQ(ewma({{0, 1e308}, {0, -1e308}}, Duration{10}), 0.0);
  EXPECT_EQ(ewma({{0, 0x1p500}, {0, 0x1p499}}, Duration{10}), 0x1.8p499);
  EXPECT_EQ(ewma({{3, 5e-324}}, Duration{10}), 5e-324);
}

TEST(EwmaTest, ConstantSeriesIsItsConstant) {
  std::vector<Event> events;
  for (int i = 0; i < 100'000; ++i) events.push_back({i * int64_t{37}, 0.1});
  EXPECT_EQ(ewma(events, Duration{1000}), 0.1);
}

/// Events in reverse and merged in pieces, against a sum in long doubles.
TEST(EwmaTest, ErrorsDoNotGrowWithTheNumberOfValues) {
  constexpr int kEvents = 200'000;
  const Duration half_life{1'000'003};
  const EwmaAggregate<double> algebra(half_life);
  std::mt19937_64 random(7);
  std::vector<Event> events;
  for (int64_t i = 0; i < kEvents; ++i) {
    events.push_back({i * 11, static_cast<double>(static_cast<int64_t>(random())) * 0x1p-63});
  }
  long double sum = 0.0L;
  long double weights = 0.0L;
  for (const Event& event : events) {
    const long double age = static_cast<long double>(events.back().time_us - event.time_us) / half_life.us;
    sum += event.value * std::exp2(-age);
    weights += std::exp2(-age);
  }
  const auto expected = static_cast<double>(sum / weights);
  EXPECT_NEAR(*ewma(events, half_life), expected, 1e-15);
  EXPECT_NEAR(*ewma({events.rbegin(), events.rend()}, half_life), expected, 1e-15);
  auto state = algebra.identity();
  for (int start = 0; start < kEvents; start += 100) {
    algebra.merge(state, state_of(algebra, {events.begin() + start, events.begin() + start + 100}));
  }
  Slot out = 0;
  ASSERT_TRUE(algebra.write(state, Aggregation::kEwma, {}, out));
  EXPECT_NEAR(from_slot<double>(out), expected, 1e-15);
}

}  // namespace
}  // namespace headrace
