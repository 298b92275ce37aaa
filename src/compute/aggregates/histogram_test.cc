#include "compute/aggregates/histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

template <typename T>
std::vector<Slot> histogram(const std::vector<double>& edges, const std::vector<T>& values) {
  const HistogramAggregate<T> algebra(edges);
  auto state = algebra.identity();
  for (const T value : values) algebra.update(state, value, EventTime{0});
  std::vector<Slot> counts;
  EXPECT_TRUE(algebra.write_list(state, Aggregation::kHistogram, {}, counts));
  return counts;
}

using Counts = std::vector<Slot>;

TEST(HistogramTest, BinsAreHalfOpenButTheLast) {
  const std::vector<double> edges = {-10, 0, 1, 2.25, 2000};
  EXPECT_EQ(histogram<double>(edges, {}), (Counts{0, 0, 0, 0}));
  EXPECT_EQ(histogram<double>(edges, {-10, 0, 1, 2.25, 2000}), (Counts{1, 1, 1, 2}));
  EXPECT_EQ(histogram<double>(edges, {-10.5, 2000.5, -1e308, 1e308}), (Counts{0, 0, 0, 0}));
  EXPECT_EQ(histogram<int64_t>(edges, {-11, -10, -1, 0, 1, 2, 3, 2000, 2001}), (Counts{2, 1, 2, 2}));
}

TEST(HistogramTest, FractionalLastEdgeEqualsNoInteger) {
  EXPECT_EQ(histogram<int64_t>({-2.5, 2.5}, {-3, -2, 2, 3}), (Counts{2}));
}

TEST(HistogramTest, IntegersAreNotRoundedToDoubles) {
  constexpr int64_t kTwoTo53 = int64_t{1} << 53;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(histogram<int64_t>({0, 0x1p53}, {kTwoTo53, kTwoTo53 + 1}), (Counts{1}));
  EXPECT_EQ(histogram<int64_t>({0x1p53, 0x1p63}, {kTwoTo53 - 1, kTwoTo53, kMax}), (Counts{2}));
  EXPECT_EQ(histogram<int64_t>({0x1p63, 0x1p64}, {kMax}), (Counts{0}));
  EXPECT_EQ(histogram<int64_t>({-0x1p64, -0x1p63}, {kMin, kMin + 1}), (Counts{1}));
  EXPECT_EQ(histogram<int64_t>({-0x1p70, -0x1p64}, {kMin}), (Counts{0}));
  EXPECT_EQ(histogram<int64_t>({-0x1p64, 0x1p64}, {kMin, 0, kMax}), (Counts{3}));
}

}  // namespace
}  // namespace headrace
