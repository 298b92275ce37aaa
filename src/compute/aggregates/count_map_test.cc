#include "compute/aggregates/count_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace headrace {
namespace {

TEST(CountMapTest, EmptyHasNothing) {
  const CountMap counts;
  EXPECT_EQ(counts.size(), 0u);
  EXPECT_EQ(counts.count_of(0), 0);
}

TEST(CountMapTest, KeyZeroIsAKey) {
  CountMap counts;
  EXPECT_EQ(counts.add(0, 1), 1);
  EXPECT_EQ(counts.add(0, 2), 3);
  EXPECT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts.remove_one(0), 2);
}

TEST(CountMapTest, LikeMapWhileItGrowsAndShrinks) {
  std::mt19937_64 random(1);
  CountMap counts;
  std::map<uint64_t, int64_t> expected;
  std::vector<uint64_t> held;
  for (int step = 0; step < 60'000; ++step) {
    const bool grows = step % 20'000 < 10'000;
    if (held.empty() || random() % 8 < (grows ? 6 : 2)) {
      held.push_back(random() % 4000);
      ASSERT_EQ(counts.add(held.back(), 1), ++expected[held.back()]);
    } else {
      std::swap(held[random() % held.size()], held.back());
      const uint64_t key = held.back();
      held.pop_back();
      ASSERT_EQ(counts.remove_one(key), --expected[key]);
      if (expected[key] == 0) expected.erase(key);
    }
    ASSERT_EQ(counts.size(), expected.size());
    if (step % 1000 != 0) continue;
    for (uint64_t key = 0; key < 4000; ++key) {
      const auto found = expected.find(key);
      ASSERT_EQ(counts.count_of(key), found == expected.end() ? 0 : found->second);
    }
    std::map<uint64_t, int64_t> visited;
    counts.visit_all([&](uint64_t key, int64_t count) { visited[key] = count; });
    ASSERT_EQ(visited, expected);
  }
}

}  // namespace
}  // namespace headrace
