#include "engine/stream/unsettled_rows.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

BlockSlice block_of(std::vector<int64_t> times) {
  auto block = std::make_shared<RowBlock>();
  block->times = std::move(times);
  block->ids.resize(block->times.size());
  const size_t rows = block->rows();
  return {std::move(block), 0, rows};
}

std::vector<int64_t> times_of(const TimeSlice& slice) {
  std::vector<int64_t> times;
  for (const BlockSlice& each : slice.slices) {
    for (size_t row = each.begin; row < each.end; ++row) times.push_back(each.block->times[row]);
  }
  std::sort(times.begin(), times.end());
  return times;
}

using Times = std::vector<int64_t>;

TEST(UnsettledRowsTest, GiveEachRowOnce) {
  UnsettledRows rows;
  rows.add(block_of({1, 5, 9}));
  rows.add(block_of({2, 5, 6}));
  rows.add(block_of({}));
  EXPECT_EQ(rows.rows(), 6u);
  EXPECT_EQ(rows.time_min(), 1);

  EXPECT_EQ(times_of(rows.cut(1)), Times{});
  EXPECT_EQ(times_of(rows.cut(5)), (Times{1, 2}));
  rows.add(block_of({5, 7}));
  const TimeSlice middle = rows.cut(7);
  EXPECT_EQ(times_of(middle), (Times{5, 5, 5, 6}));
  EXPECT_EQ(middle.start, 5);
  EXPECT_EQ(middle.end, 7);
  EXPECT_EQ(middle.rows, 4u);
  EXPECT_EQ(times_of(rows.cut(kTimeMax)), (Times{7, 9}));
  EXPECT_TRUE(rows.empty());
}

TEST(UnsettledRowsTest, TimeBehindTheOldest) {
  UnsettledRows rows;
  EXPECT_EQ(rows.time_behind(1), kTimeMax);
  rows.add(block_of({1, 4, 7, 7, 9}));
  rows.add(block_of({2, 3, 8}));
  rows.add(block_of({30}));
  EXPECT_EQ(rows.time_behind(9), kTimeMax);
  EXPECT_EQ(rows.time_behind(8), 30);
  EXPECT_EQ(rows.time_behind(4), 7);
  EXPECT_EQ(rows.time_behind(3), 4);
  EXPECT_EQ(rows.time_behind(1), 2);

  // Nothing was taken out, and rows of one time are not parted.
  EXPECT_EQ(times_of(rows.cut(7)), (Times{1, 2, 3, 4}));
  EXPECT_EQ(rows.time_behind(1), 8);
  EXPECT_EQ(times_of(rows.cut(8)), (Times{7, 7}));
  EXPECT_EQ(times_of(rows.cut(kTimeMax)), (Times{8, 9, 30}));
}

TEST(UnsettledRowsTest, AreDividedWithoutPartingTies) {
  UnsettledRows rows;
  rows.add(block_of({1, 2, 3, 3, 3, 4}));
  rows.add(block_of({3, 8, 9}));
  const std::vector<TimeSlice> parts = parts_of(rows.cut(20), 3);
  std::vector<Times> times;
  for (const TimeSlice& part : parts) times.push_back(times_of(part));
  EXPECT_EQ(times, (std::vector<Times>{{1, 2}, {3, 3, 3, 3}, {4, 8, 9}}));
  EXPECT_EQ(parts.front().start, kTimeMin);
  EXPECT_EQ(parts.back().end, 20);
}

}  // namespace
}  // namespace headrace
