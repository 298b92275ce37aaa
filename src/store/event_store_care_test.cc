#include "store/rocks_event_log.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace headrace {
namespace {

namespace fs = std::filesystem;

class EventStoreCareTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Pushes `from` to `end`, some of which leave an event out.
  static void fill(EventLog& log, int from, int end) {
    for (int i = from; i < end; ++i) {
      LoggedPush push{.source = "a", .now_us = i, .records = std::string(1000, static_cast<char>('a' + i % 26))};
      if (i % 4 == 0)
        push.left_out.push_back({LeftOutEvent::Reason::kUnreadable, "is bad", "bad " + std::to_string(i)});
      ASSERT_TRUE(log.append({&push, 1}));
    }
  }
  static std::string records_of(const EventLog& log, uint64_t from) {
    std::string text;
    EXPECT_TRUE(log.replay(from, [&](const LoggedPush& push) -> Status {
      text += push.records;
      return {};
    }));
    return text;
  }

  fs::path folder_;
};

TEST_F(EventStoreCareTest, ACopyIsTheStoreOfOneInstant) {
  const std::string store = folder_ / "store", copy = folder_ / "copies" / "one", restored = folder_ / "restored";
  std::string expected;
  {
    const auto log = open_rocks_event_log(store).value();
    fill(*log, 0, 40);
    ASSERT_TRUE(log->save({.next = 40, .replay_from = 30, .keep_from = 20, .parts = {{"x", std::string(5000, 'x')}}}));
    fs::create_directories(folder_ / "copies");
    ASSERT_TRUE(log->copy_to(copy));
    expected = records_of(*log, 20);
    fill(*log, 40, 50);
    EXPECT_FALSE(log->copy_to(copy).ok()) << "a copy does not go over another one";
    EXPECT_EQ(check_event_store(store).error().kind(), ErrorKind::kConflict) << "it is open";
  }
  EXPECT_EQ(check_event_store(store)->next, 50u);

  const EventStoreSummary found = restore_event_store(copy, restored).value();
  EXPECT_EQ(found.first, 20u);
  EXPECT_EQ(found.next, 40u);
  EXPECT_EQ(found.acknowledged, 40u);
  EXPECT_EQ(found.record_bytes, 20'000);
  EXPECT_EQ(found.left_out, 10);
  EXPECT_EQ(found.checkpoint, 40u);
  EXPECT_EQ(restore_event_store(copy, restored).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(compact_event_store(restored));
  {
    const auto log = open_rocks_event_log(restored).value();
    EXPECT_EQ(records_of(*log, 20), expected);
    EXPECT_EQ(log->checkpoint().value()->parts.at("x"), std::string(5000, 'x'));
    fill(*log, 40, 45);
  }
  EXPECT_EQ(check_event_store(restored)->next, 45u);
  EXPECT_EQ(check_event_store(copy)->next, 40u) << "what is restored shares nothing with its copy";
}

TEST_F(EventStoreCareTest, NoStoreIsSaid) {
  EXPECT_EQ(check_event_store(folder_ / "none").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(restore_event_store(folder_ / "none", folder_ / "to").error().kind(), ErrorKind::kNotFound);
  EXPECT_FALSE(fs::exists(folder_ / "to"));
  fs::create_directories(folder_ / "other");
  std::ofstream(folder_ / "other" / "file") << "mine";
  EXPECT_EQ(restore_event_store(folder_ / "none", folder_ / "other").error().kind(), ErrorKind::kConflict);
}

/// Of each file some bytes, one at a time: what is told of the store is what was written, or an Error.
TEST_F(EventStoreCareTest, DamageIsFound) {
  const std::string store = folder_ / "store";
  {
    const auto log = open_rocks_event_log(store).value();
    fill(*log, 0, 30);
    ASSERT_TRUE(log->save({.next = 30, .replay_from = 10, .keep_from = 5, .parts = {{"x", std::string(5000, 'x')}}}));
    fill(*log, 30, 34);
  }
  ASSERT_TRUE(compact_event_store(store));
  const EventStoreSummary sound = check_event_store(store).value();

  int found = 0;
  for (const auto& entry : fs::directory_iterator(store)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    for (size_t at = 0; at < bytes.size(); at += std::max<size_t>(1, bytes.size() / 12)) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << damaged;
      const Result<EventStoreSummary> told = check_event_store(store);
      found += told ? 0 : 1;
      if (told) {
        EXPECT_EQ(told->next, sound.next) << entry.path() << " at " << at;
        EXPECT_EQ(told->record_bytes, sound.record_bytes) << entry.path() << " at " << at;
        EXPECT_EQ(told->left_out, sound.left_out) << entry.path() << " at " << at;
      }
    }
    std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << bytes;
  }
  EXPECT_GT(found, 10);
  EXPECT_TRUE(check_event_store(store));
}

}  // namespace
}  // namespace headrace
