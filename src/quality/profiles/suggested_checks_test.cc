#include "quality/profiles/suggested_checks.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

/// A thousand values that rise from one on, in bins of these edges.
ValueProfile profile_of_values_from(double first, std::vector<double> edges) {
  ValueProfile profile(ProfiledKind::kNumber, std::move(edges));
  for (int i = 0; i < 1'000; ++i) profile.take_number(first + i, static_cast<uint64_t>(i % 80), EventTime{i});
  return profile;
}

std::vector<SuggestedCheck> suggested(const ValueProfile& day) {
  const ProfiledDays days = {{1, &day}, {2, &day}, {3, &day}, {4, &day}};
  return suggest_checks(days);
}

bool has_word(const std::vector<SuggestedCheck>& checks, const std::string& word) {
  return std::ranges::any_of(checks,
                             [&](const SuggestedCheck& each) { return each.yaml.find(word) != std::string::npos; });
}

TEST(SuggestedChecks, ARangeReachesFarAroundTheMiddleHalf) {
  const auto checks = suggested(profile_of_values_from(5'000, {5'000, 5'250, 5'500, 5'750, 6'000}));
  EXPECT_TRUE(has_word(checks, "{type: range, params: [3700, 7300]}")) << checks[1].yaml;
  EXPECT_TRUE(has_word(checks, "drift"));
}

/// A sum over a week is small on its first day, and that day's bins say nothing of the others.
TEST(SuggestedChecks, ValuesThatGrewOutOfTheBinsGetTheEndsOfWhatWasSeen) {
  const auto checks = suggested(profile_of_values_from(5'000, {1, 2, 3, 4}));
  EXPECT_TRUE(has_word(checks, "{type: range, params: [5000, 6000], severity: warn}")) << checks[1].yaml;
  EXPECT_FALSE(has_word(checks, "drift")) << "bins that all values lie outside of see no drift";
}

}  // namespace
}  // namespace headrace
