#include "session/live/due_keys.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr int64_t kHour = 3600;

DueKeys keys_with_a_window() {
  return DueKeys({{WindowSpec::Kind::kSize, Duration{kHour}, Closed::kRight, Duration{0}, 0}});
}

std::vector<DueKeys::Due> take(DueKeys& keys, size_t max, int64_t now, int64_t elapsed_us) {
  while (keys.pass_edges(2, now, elapsed_us)) {
  }
  return keys.take(max, now);
}

std::vector<uint32_t> ids(const std::vector<DueKeys::Due>& taken) {
  std::vector<uint32_t> out;
  for (const DueKeys::Due& each : taken) out.push_back(each.key);
  return out;
}

TEST(DueKeys, AreThoseWithAnEventThenThoseOfWhichOneLeaves) {
  DueKeys keys = keys_with_a_window();
  keys.note(0, 1000, kTimeMin, 1);
  keys.note(1, 1500, kTimeMin, 2);
  keys.note(0, 1600, kTimeMin, 3);
  EXPECT_EQ(keys.waiting(), 2u);
  EXPECT_EQ(keys.oldest_us(), 1);

  const auto first = take(keys, 1, 2000, 4);
  EXPECT_EQ(keys.waiting(), 2u);
  keys.note_written(first);
  EXPECT_EQ(keys.waiting(), 1u);
  EXPECT_EQ(ids(first), (std::vector<uint32_t>{0}));
  EXPECT_EQ(first[0].changed_at, 1600);
  EXPECT_TRUE(first[0].is_first);
  EXPECT_EQ(ids(take(keys, 9, 2000, 4)), (std::vector<uint32_t>{1}));
  EXPECT_EQ(keys.oldest_us(), std::nullopt);

  EXPECT_TRUE(take(keys, 9, 1000 + kHour - 1, 5).empty());
  const auto aged = take(keys, 9, 1000 + kHour, 6);
  EXPECT_EQ(ids(aged), (std::vector<uint32_t>{0}));
  EXPECT_EQ(aged[0].changed_at, 1000 + kHour);
  EXPECT_FALSE(aged[0].is_first);
  EXPECT_EQ(ids(take(keys, 9, 1600 + kHour, 7)), (std::vector<uint32_t>{1, 0}));
  EXPECT_TRUE(take(keys, 9, 100 * kHour, 8).empty());
}

TEST(DueKeys, WhatWasNotWrittenIsDueAgainAndFirst) {
  DueKeys keys = keys_with_a_window();
  keys.note(0, 1000, kTimeMin, 1);
  keys.note(1, 1000, kTimeMin, 2);
  const auto taken = take(keys, 1, 1000, 3);
  keys.note(0, 1001, kTimeMin, 4);
  keys.put_back(taken);
  EXPECT_EQ(keys.waiting(), 2u);
  const auto again = take(keys, 9, 1001, 5);
  EXPECT_EQ(ids(again), (std::vector<uint32_t>{1, 0}));
  EXPECT_TRUE(again[1].is_first);
  keys.put_back(again);
  EXPECT_EQ(keys.oldest_us(), 2);
}

TEST(DueKeys, AnEventThatIsAheadWaits) {
  DueKeys keys = keys_with_a_window();
  keys.note(0, 5000, kTimeMin, 1);
  EXPECT_TRUE(take(keys, 9, 1000, 2).empty());
  EXPECT_EQ(ids(take(keys, 9, 5000, 3)), (std::vector<uint32_t>{0}));
}

TEST(DueKeys, TakeNoMoreRoomWhereNobodyTakesThem) {
  DueKeys keys = keys_with_a_window();
  for (int64_t now = 0; now < 1000 * kHour; now += 10) keys.note(0, now, now, now);
  EXPECT_LT(keys.memory_bytes(), 3 * (kHour / 10) * 8);
  EXPECT_EQ(take(keys, 9, 1000 * kHour, 0).front().changed_at, 1000 * kHour);
}

TEST(DueKeys, AllAreThoseWithEvents) {
  DueKeys keys = keys_with_a_window();
  keys.note(3, 1000, kTimeMin, 1);
  EXPECT_EQ(take(keys, 9, 1000, 1).size(), 1u);
  keys.note_all(2);
  const auto taken = take(keys, 9, 1000, 2);
  EXPECT_EQ(ids(taken), (std::vector<uint32_t>{3}));
  EXPECT_TRUE(taken[0].is_first);
}

}  // namespace
}  // namespace headrace
