#include "compute/aggregates/sorted_blocks.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace headrace {
namespace {

std::vector<int64_t> values_of(const SortedBlocks<int64_t>& blocks) {
  std::vector<int64_t> values;
  blocks.visit_while([&](int64_t value) { return values.push_back(value), true; });
  return values;
}

/// Compares with a multiset after each of many random steps; `size` is where the number of values settles.
void compare_with_multiset(int64_t size, int64_t distinct, int steps) {
  std::mt19937_64 random(size);
  SortedBlocks<int64_t> blocks;
  std::multiset<int64_t> expected;
  std::vector<int64_t> held;
  for (int step = 0; step < steps; ++step) {
    const bool grows = static_cast<int64_t>(random() % (2 * size)) >= static_cast<int64_t>(held.size());
    if (held.empty() || grows) {
      const auto value = static_cast<int64_t>(random() % distinct);
      held.push_back(value);
      blocks.insert(value);
      expected.insert(value);
    } else {
      std::swap(held[random() % held.size()], held.back());
      blocks.erase(held.back());
      expected.erase(expected.find(held.back()));
      held.pop_back();
    }
    ASSERT_EQ(blocks.weight(), static_cast<int64_t>(expected.size()));
    if (step % 64 != 0) continue;
    const std::vector<int64_t> sorted(expected.begin(), expected.end());
    ASSERT_EQ(values_of(blocks), sorted);
    for (size_t rank = 0; rank < sorted.size(); rank += 1 + sorted.size() / 16) {
      ASSERT_EQ(blocks.at(static_cast<int64_t>(rank)), sorted[rank]);
    }
    if (sorted.empty()) continue;
    ASSERT_EQ(blocks.at(blocks.weight() - 1), sorted.back());
  }
}

TEST(SortedBlocksTest, SmallLikeMultiset) { compare_with_multiset(10, 5, 4000); }
TEST(SortedBlocksTest, AroundOneBlockLikeMultiset) { compare_with_multiset(512, 100'000, 30'000); }
TEST(SortedBlocksTest, ManyBlocksLikeMultiset) { compare_with_multiset(5000, 100'000, 60'000); }
TEST(SortedBlocksTest, ManyTiesLikeMultiset) { compare_with_multiset(5000, 3, 60'000); }

TEST(SortedBlocksTest, BlockEdges) {
  constexpr auto kBlock = static_cast<int64_t>(SortedBlocks<int64_t>::kBlockValues);
  for (const int64_t size : {kBlock - 1, kBlock, kBlock + 1, 2 * kBlock - 1, 2 * kBlock, 2 * kBlock + 1}) {
    for (const bool rising : {true, false}) {
      SortedBlocks<int64_t> blocks;
      for (int64_t i = 0; i < size; ++i) blocks.insert(rising ? i : size - 1 - i);
      for (int64_t i = 0; i < size; ++i) ASSERT_EQ(blocks.at(i), i) << size;
      for (int64_t i = 0; i < size; ++i) {
        ASSERT_EQ(blocks.at(0), i) << size;
        blocks.erase(i);
      }
      EXPECT_TRUE(blocks.empty()) << size;
      blocks.insert(7);
      EXPECT_EQ(blocks.at(0), 7);
    }
  }
}

TEST(SortedBlocksTest, MergesAnySizes) {
  for (const int a : {0, 1, 500, 600, 5000}) {
    for (const int b : {0, 1, 500, 600, 5000}) {
      SortedBlocks<int64_t> left;
      SortedBlocks<int64_t> right;
      std::multiset<int64_t> expected;
      for (int i = 0; i < a; ++i) left.insert(i * 7 % 1000), expected.insert(i * 7 % 1000);
      for (int i = 0; i < b; ++i) right.insert(i * 11 % 1000), expected.insert(i * 11 % 1000);
      left.merge(right);
      EXPECT_EQ(values_of(left), std::vector<int64_t>(expected.begin(), expected.end())) << a << " " << b;
      EXPECT_EQ(left.weight(), a + b);
      EXPECT_EQ(right.weight(), b);
    }
  }
}

TEST(SortedBlocksTest, CopiesAreIndependent) {
  SortedBlocks<int64_t> original;
  for (int i = 0; i < 2000; ++i) original.insert(i);
  SortedBlocks<int64_t> copy = original;
  copy.erase(0);
  EXPECT_EQ(original.at(0), 0);
  EXPECT_EQ(copy.at(0), 1);
  original = std::move(copy);
  EXPECT_EQ(original.weight(), 1999);
}

struct Pile {
  int key = 0;
  int64_t height = 0;
};
struct PileBefore {
  bool operator()(const Pile& a, const Pile& b) const { return a.key < b.key; }
};
struct PileHeight {
  int64_t operator()(const Pile& pile) const { return pile.height; }
};

TEST(SortedBlocksTest, WeightedRanksLikeMultiset) {
  std::mt19937_64 random(1);
  SortedBlocks<Pile, PileBefore, PileHeight> piles;
  std::multiset<int> expected;
  std::vector<int> held;
  for (int step = 0; step < 40'000; ++step) {
    if (step < 20'000 || held.empty()) {
      held.push_back(static_cast<int>(random() % 3000));
      expected.insert(held.back());
      piles.change(Pile{held.back()}, [](Pile& pile) { ++pile.height; });
    } else {
      std::swap(held[random() % held.size()], held.back());
      piles.change(Pile{held.back()}, [](Pile& pile) { --pile.height; });
      expected.erase(expected.find(held.back()));
      held.pop_back();
    }
    if (step % 500 != 0) continue;
    int64_t rank = 0;
    for (const int key : expected) ASSERT_EQ(piles.at(rank++).key, key);
    ASSERT_EQ(piles.weight(), rank);
  }
}

}  // namespace
}  // namespace headrace
