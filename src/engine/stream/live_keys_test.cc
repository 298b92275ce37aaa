#include "engine/stream/live_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace headrace {
namespace {

constexpr uint32_t kKeys = 5;

/// Live keys beside the plain form: the times of each key that are not settled, in order of arrival.
class LiveKeysTest : public testing::Test {
 protected:
  LiveKeysTest() { keys_.resize(kKeys); }

  void add(std::vector<std::pair<int64_t, uint32_t>> rows) {
    std::ranges::stable_sort(rows, {}, &std::pair<int64_t, uint32_t>::first);
    auto block = std::make_shared<RowBlock>();
    for (const auto& [time, id] : rows) {
      block->times.push_back(time);
      block->ids.push_back(id);
      times_[id].push_back(time);
    }
    blocks_.push_back(block);
    keys_.add({block, 0, block->rows()});
  }

  /// `places` are rows of nobody, as observations are.
  void settle(int64_t end, uint32_t places) {
    TimeSlice slice;
    slice.end = end;
    for (const BlockPtr& block : blocks_) {
      const auto at = [&](int64_t time) {
        return static_cast<size_t>(std::ranges::lower_bound(block->times, time) - block->times.begin());
      };
      if (at(end) > at(settled_to_)) slice.slices.push_back({block, at(settled_to_), at(end)});
    }
    auto asked = std::make_shared<RowBlock>();
    for (uint32_t id = 0; id < places; ++id) asked->times.push_back(end - 1), asked->ids.push_back(id);
    slice.slices.push_back({asked, 0, asked->rows()});
    settled_to_ = end;
    keys_.settle(slice, TimeStep());
    for (auto& [id, times] : times_) std::erase_if(times, [&](int64_t time) { return time < end; });
  }

  std::vector<int64_t> all_of(uint32_t id) {
    keys_.begin_anew(id);
    LiveKeys::Advance advance;
    keys_.advance(id, kTimeMax, kTimeMax, advance);
    std::vector<int64_t> times;
    for (const BlockSlice& slice : advance.slices) {
      for (size_t row = slice.begin; row < slice.end; ++row) {
        if (slice.block->ids[row] == id) times.push_back(slice.block->times[row]);
      }
    }
    return times;
  }

  LiveKeys keys_;
  std::map<uint32_t, std::vector<int64_t>> times_;
  std::vector<BlockPtr> blocks_;
  int64_t settled_to_ = 0;
};

TEST_F(LiveKeysTest, KeepsWhatIsNotSettledInItsOrderOfArrival) {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::pair<int64_t, uint32_t>> rows;
    for (uint32_t i = 0; i < random() % 20; ++i)
      rows.emplace_back(settled_to_ + static_cast<int64_t>(random() % 50), random() % kKeys);
    add(std::move(rows));
    if (random() % 3 != 0) settle(settled_to_ + static_cast<int64_t>(random() % 30), random() % 3);
    for (uint32_t id = 0; id < kKeys; ++id) {
      EXPECT_EQ(keys_.has_rows(id), !times_[id].empty());
      if (random() % 2 == 0) {
        EXPECT_EQ(all_of(id), times_[id]);
      }
    }
  }
}

TEST_F(LiveKeysTest, GoesOnBehindWhatItHasTaken) {
  add({{10, 0}, {20, 0}, {30, 0}});
  LiveKeys::Advance first;
  keys_.advance(0, 20, 20, first);
  EXPECT_TRUE(first.begins_anew);
  keys_.begin_anew(0);  // it was asked about a time before a row
  LiveKeys::Advance all;
  keys_.advance(0, 30, 30, all);
  settle(15, 0);
  add({{40, 0}});
  LiveKeys::Advance next;
  keys_.advance(0, 40, 40, next);
  EXPECT_FALSE(next.begins_anew);
  ASSERT_EQ(next.slices.size(), 1u);
  EXPECT_EQ(next.slices[0].block->times[next.slices[0].begin], 40);

  add({{35, 0}});
  LiveKeys::Advance late;
  keys_.advance(0, 40, 40, late);
  EXPECT_TRUE(late.begins_anew);
  EXPECT_EQ(all_of(0), (std::vector<int64_t>{20, 30, 40, 35}));
}

TEST_F(LiveKeysTest, BeginsAnewWhereRowsWereSettledThatItHadNotTaken) {
  add({{10, 1}, {20, 1}});
  LiveKeys::Advance first;
  keys_.advance(1, 20, 20, first);
  add({{21, 1}, {60, 1}});
  settle(30, 0);
  LiveKeys::Advance next;
  keys_.advance(1, 60, 60, next);
  EXPECT_TRUE(next.begins_anew);
  ASSERT_EQ(next.slices.size(), 1u);
  EXPECT_EQ(next.slices[0].block->times[next.slices[0].begin], 60);
}

}  // namespace
}  // namespace headrace
