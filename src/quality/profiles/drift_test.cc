#include "quality/profiles/drift.h"

#include "base/hash.h"
#include "quality/profiles/drift_checks.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

namespace headrace {
namespace {

/// tests/quality/test_drift_fixtures.py writes them with numpy and scipy.
TEST(DriftDistance, IsThatOfScipy) {
  std::ifstream file(std::filesystem::path(HEADRACE_SOURCE_DIR) / "tests/quality/drift_fixtures.json");
  const nlohmann::json fixtures = nlohmann::json::parse(file);
  ASSERT_GE(fixtures.size(), 20U);
  for (const auto& each : fixtures) {
    const auto edges = each["edges"].get<std::vector<double>>();
    const auto reference = each["reference"].get<std::vector<int64_t>>();
    const auto counts = each["counts"].get<std::vector<int64_t>>();
    for (const DriftMetric metric :
         {DriftMetric::kPsi, DriftMetric::kKolmogorovSmirnov, DriftMetric::kJensenShannon, DriftMetric::kWasserstein}) {
      const auto measured = drift_distance(metric, edges, reference, counts, 100, 100);
      ASSERT_TRUE(measured.has_value());
      const double expected = each[std::string(to_string(metric))].get<double>();
      EXPECT_NEAR(measured->distance, expected, 1e-9 * std::max(1.0, std::abs(expected)))
          << to_string(metric) << " of " << each.dump();
    }
  }
}

double normal_of(uint64_t& state) {
  const auto share = [&] { return static_cast<double>(mix64(state += 0x9e3779b97f4a7c15ULL) >> 11) * 0x1.0p-53; };
  const double radius = std::sqrt(-2 * std::log(1.0 - share()));
  return radius * std::cos(2 * std::numbers::pi * share());
}

ValueProfile day_of(uint64_t& state, int64_t entities, double shift, const std::vector<double>& edges) {
  ValueProfile profile(ProfiledKind::kNumber, edges);
  for (int64_t i = 0; i < entities; ++i) {
    profile.take_number(normal_of(state) + shift, static_cast<uint64_t>(i), {i});
  }
  return profile;
}

std::vector<double> normal_edges() {
  uint64_t state = 1;
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(normal_of(state));
  return frozen_edges(values);
}

/// Few values are far apart by chance: with the thresholds that people write alone, nearly every day would be an alarm.
TEST(DriftDistance, OfChanceIsNoAlarm) {
  const std::vector<double> edges = normal_edges();
  constexpr int kDays = 2000;
  for (const auto& [metric, threshold] :
       {std::pair{DriftMetric::kPsi, 0.2}, std::pair{DriftMetric::kJensenShannon, 0.1},
        std::pair{DriftMetric::kKolmogorovSmirnov, 0.1}, std::pair{DriftMetric::kWasserstein, 0.1}}) {
    uint64_t state = 17;
    int beyond = 0;
    int alarms = 0;
    for (int day = 0; day < kDays; ++day) {
      const ValueProfile reference = day_of(state, 200, 0, edges);
      const ValueProfile current = day_of(state, 50, 0, edges);
      const auto measured = drift_distance(metric, edges, reference.counts(), current.counts(),
                                           independent_values(reference), independent_values(current));
      beyond += measured->distance >= threshold ? 1 : 0;
      alarms += measured->exceeds(threshold) ? 1 : 0;
    }
    EXPECT_GT(beyond, kDays / 3) << to_string(metric);
    EXPECT_LE(alarms, kDays / 100) << to_string(metric);
  }
}

TEST(DriftDistance, OfAChangeIsAnAlarm) {
  const std::vector<double> edges = normal_edges();
  for (const DriftMetric metric :
       {DriftMetric::kPsi, DriftMetric::kJensenShannon, DriftMetric::kKolmogorovSmirnov, DriftMetric::kWasserstein}) {
    uint64_t state = 23;
    const ValueProfile reference = day_of(state, 2000, 0, edges);
    const ValueProfile current = day_of(state, 500, 0.7, edges);
    EXPECT_TRUE(drift_distance(metric, edges, reference.counts(), current.counts(), 2000, 500)->exceeds(0.2));
  }
}

TEST(DriftDistance, OfNothingIsNothing) {
  const std::vector<double> edges = {0, 1};
  const std::vector<int64_t> none = {0, 0, 0};
  const std::vector<int64_t> some = {0, 5, 0};
  EXPECT_FALSE(drift_distance(DriftMetric::kPsi, edges, none, some, 5, 5).has_value());
  EXPECT_FALSE(drift_distance(DriftMetric::kPsi, edges, some, none, 5, 5).has_value());
  EXPECT_EQ(drift_distance(DriftMetric::kPsi, edges, some, some, 5, 5)->distance, 0);
}

/// Days of 500 entities; those named have moved.
Verdict verdict_of(int days, const std::vector<int>& moved, CheckResult& result) {
  const std::vector<double> edges = normal_edges();
  uint64_t state = 31;
  std::vector<ValueProfile> profiles;
  for (int day = 0; day < days; ++day) {
    const bool has_moved = std::ranges::find(moved, day) != moved.end();
    profiles.push_back(day_of(state, 500, has_moved ? 1.5 : 0, edges));
  }
  std::vector<std::pair<int64_t, const ValueProfile*>> by_day;
  for (int day = 0; day < days; ++day) by_day.emplace_back(day, &profiles[static_cast<size_t>(day)]);
  judge_drift({DriftMetric::kPsi, 0.2, {7 * kMicrosPerDay}}, by_day, result);
  return result.verdict;
}

TEST(JudgeDrift, WantsTwoOfTheNewestThreeDays) {
  CheckResult result;
  EXPECT_EQ(verdict_of(10, {}, result), Verdict::kPass);
  EXPECT_EQ(verdict_of(10, {9}, result), Verdict::kPass);
  EXPECT_EQ(result.failed, 1);
  EXPECT_EQ(verdict_of(10, {8, 9}, result), Verdict::kFail);
  EXPECT_EQ(verdict_of(20, {3, 4}, result), Verdict::kPass);
  result.is_error = false;
  EXPECT_EQ(verdict_of(10, {7, 9}, result), Verdict::kWarn);
}

TEST(JudgeDrift, OfOneDayHasNoVerdict) {
  CheckResult result;
  EXPECT_EQ(verdict_of(1, {}, result), Verdict::kNotEvaluated);
  EXPECT_EQ(result.reason, "no day has values, and days before it to be held against");
  CheckResult of_two;
  EXPECT_EQ(verdict_of(2, {1}, of_two), Verdict::kFail);
}

}  // namespace
}  // namespace headrace
