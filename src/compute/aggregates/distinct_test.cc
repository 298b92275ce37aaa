#include "compute/aggregates/distinct.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

/// The top k of some words, or "null".
std::string top(const std::vector<std::string>& words, int k) {
  TextPool pool;
  const DistinctAggregate<Text> algebra(Ranking::kByCount);
  auto state = algebra.identity();
  for (const std::string& word : words) algebra.update(state, pool.intern(word), EventTime{0});
  std::vector<Slot> slots;
  if (!algebra.write_list(state, Aggregation::kTopK, {.k = k}, slots)) return "null";
  std::string joined;
  for (const Slot slot : slots) joined.append(from_slot<Text>(slot).view()).append(" ");
  return joined;
}

TEST(DistinctTest, TopKByCountThenValue) {
  const struct {
    std::vector<std::string> words;
    int k;
    const char* result;
  } facts[] = {
      {{}, 2, "null"},
      {{"red"}, 2, "red "},
      {{"red", "blue"}, 2, "blue red "},
      {{"red", "blue", "red", "green"}, 2, "red blue "},
      {{"b", "a", "c", "c", "b", "d"}, 3, "b c a "},
      {{"b", "a"}, 10'000, "a b "},
  };
  for (const auto& fact : facts) EXPECT_EQ(top(fact.words, fact.k), fact.result);
}

TEST(DistinctTest, CountsAndModes) {
  const struct {
    std::vector<double> values;
    int64_t distinct;
    double mode;
  } facts[] = {
      {{1.5, 2.25, -4.5}, 3, -4.5},
      {{2.0, 1.0, 2.0}, 2, 2.0},
      {{0.0, -1.0, 0.0, -1.0, 7.0}, 3, -1.0},
  };
  const DistinctAggregate<double> algebra(Ranking::kByCount);
  for (const auto& fact : facts) {
    auto state = algebra.identity();
    for (const double value : fact.values) algebra.update(state, value, EventTime{0});
    Slot out = 0;
    ASSERT_TRUE(algebra.write(state, Aggregation::kCountDistinct, {}, out));
    EXPECT_EQ(from_slot<int64_t>(out), fact.distinct);
    ASSERT_TRUE(algebra.write(state, Aggregation::kMode, {}, out));
    EXPECT_EQ(from_slot<double>(out), fact.mode);
  }
}

TEST(DistinctTest, EmptyHasNoModeButACount) {
  const DistinctAggregate<int64_t> algebra(Ranking::kByCount);
  Slot out = 1;
  EXPECT_FALSE(algebra.write(algebra.identity(), Aggregation::kMode, {}, out));
  EXPECT_TRUE(algebra.write(algebra.identity(), Aggregation::kCountDistinct, {}, out));
  EXPECT_EQ(out, 0u);
}

TEST(DistinctTest, WithoutRankingOnlyCounts) {
  const DistinctAggregate<int64_t> algebra(Ranking::kNone);
  auto state = algebra.identity();
  for (const int64_t value : {1, 2, 1}) algebra.update(state, value, EventTime{0});
  algebra.retract(state, 1, EventTime{0});
  Slot out = 0;
  ASSERT_TRUE(algebra.write(state, Aggregation::kCountDistinct, {}, out));
  EXPECT_EQ(out, 2u);
  EXPECT_TRUE(state.ranking.empty());
}

}  // namespace
}  // namespace headrace
