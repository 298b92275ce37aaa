#include "store/left_out_store.h"

#include "store/rocks_event_log.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace headrace {
namespace {

namespace fs = std::filesystem;

class LeftOutStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static LoggedPush push_of(const std::string& source, const std::vector<std::string>& records) {
    LoggedPush push{.source = source, .now_us = 7, .lane = 3};
    for (const std::string& record : records) {
      push.left_out.push_back({LeftOutEvent::Reason::kUnreadable, "is " + record, record});
    }
    return push;
  }
  static std::string shown(const std::vector<LeftOutEvent>& events) {
    std::string text;
    for (const LeftOutEvent& each : events) {
      text += std::to_string(each.push) + "-" + std::to_string(each.index) + " " + each.record + "\n";
    }
    return text;
  }

  fs::path folder_;
};

TEST_F(LeftOutStoreTest, StaysWithThePushesInTheirOrderBySource) {
  const std::vector<LoggedPush> pushes = {push_of("a", {"x", std::string("\0\xff", 2)}), push_of("ab", {"other"}),
                                          push_of("a", {}), push_of("a", {"z"})};
  {
    const auto log = open_rocks_event_log(folder_).value();
    ASSERT_TRUE(log->append(pushes));
  }
  const auto log = open_rocks_event_log(folder_).value();
  const std::vector<LeftOutEvent> events = log->left_out("a", {}, 10).value();
  EXPECT_EQ(shown(events), std::string("0-0 x\n0-1 \0\xff\n3-0 z\n", 19));
  EXPECT_EQ(events[2].problem, "is z");
  EXPECT_EQ(events[2].now_us, 7);
  EXPECT_EQ(events[2].lane, 3u);
  EXPECT_EQ(shown(log->left_out("a", {0, 0}, 1).value()), std::string("0-1 \0\xff\n", 7));
  EXPECT_EQ(shown(log->left_out("a", {0, 1}, 9).value()), "3-0 z\n");
  EXPECT_EQ(shown(log->left_out("a", {0, UINT32_MAX}, 9).value()), "3-0 z\n");
  EXPECT_EQ(shown(log->left_out("a", {3, 0}, 9).value()), "");
  EXPECT_EQ(shown(log->left_out("ab", {}, 9).value()), "1-0 other\n");
  EXPECT_EQ(shown(log->left_out("b", {}, 9).value()), "");

  // They outlive the pushes that a checkpoint forgets.
  ASSERT_TRUE(log->save({.next = 4, .replay_from = 4, .keep_from = 4, .parts = {}}));
  EXPECT_EQ(log->left_out("a", {}, 10).value().size(), 3u);
}

TEST_F(LeftOutStoreTest, KeepsTheNewestOfEachSource) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder_.string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  auto store = std::make_unique<LeftOutStore>(*db, 20, 1000);
  ASSERT_TRUE(store->begin().ok());
  const auto write = [&](uint64_t number, const std::vector<LoggedPush>& pushes) {
    rocksdb::WriteBatch batch;
    store->add(number, pushes, batch);
    ASSERT_TRUE(db->Write(rocksdb::WriteOptions(), &batch).ok());
  };
  const auto read = [&](const std::string& source) {
    std::vector<LeftOutEvent> events;
    EXPECT_TRUE(store->read(source, {}, 1000, events).ok());
    return events;
  };

  write(0, {push_of("quiet", {"q"})});
  for (uint64_t number = 1; number <= 100; ++number) {
    write(2 * number, {push_of("loud", {"a"}), push_of("loud", {"b"})});
    ASSERT_LE(read("loud").size(), 22u);
    if (number == 50) {  // counts are those of what is there
      store = std::make_unique<LeftOutStore>(*db, 20, 1000);
      ASSERT_TRUE(store->begin().ok());
    }
  }
  EXPECT_EQ(read("loud").back().push, 201u);
  EXPECT_GE(read("loud").size(), 18u);
  EXPECT_EQ(read("quiet").size(), 1u);

  write(300, {push_of("loud", {std::string(2000, 'x')})});
  write(301, {push_of("loud", {"y"})});
  EXPECT_EQ(shown(read("loud")), "301-0 y\n") << "the bytes count too";
}

TEST_F(LeftOutStoreTest, DamageIsCorruption) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder_.string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  LeftOutStore store(*db);
  ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), std::string("sa\0short", 8), "v").ok());
  std::vector<LeftOutEvent> events;
  EXPECT_TRUE(store.read("a", {}, 10, events).IsCorruption());
}

TEST_F(LeftOutStoreTest, WhatIsTakenBackLeavesWithItsPush) {
  LoggedPush first = push_of("a", {"x", "y", "z"});
  first.left_out[1].offset = 41;
  LoggedPush again{.source = "a", .now_us = 8, .records = "y\n", .lane = 3, .position = "42 t"};
  again.counted_before.unreadable = 1;
  again.taken_back = {{0, 1}, {0, 1}, {9, 9}};
  again.left_out.push_back({LeftOutEvent::Reason::kLate, "is late", "y"});
  {
    const auto log = open_rocks_event_log(folder_).value();
    ASSERT_TRUE(log->append({&first, 1}));
    EXPECT_EQ(log->left_out("a", {}, 9)->at(1).offset, 41);
    EXPECT_EQ(log->left_out("a", {}, 9)->at(0).offset, std::nullopt);
    ASSERT_TRUE(log->append({&again, 1}));
    ASSERT_TRUE(log->note("source a", "paused"));
    ASSERT_TRUE(log->note("source b", "gone"));
    ASSERT_TRUE(log->note("source b", std::nullopt));
  }
  EXPECT_EQ(check_event_store(folder_)->left_out, 3);
  const auto log = open_rocks_event_log(folder_).value();
  EXPECT_EQ(shown(log->left_out("a", {}, 9).value()), "0-0 x\n0-2 z\n1-0 y\n");
  EXPECT_EQ(log->notes("source ").value(), (std::map<std::string, std::string>{{"a", "paused"}}));
  std::vector<LoggedPush> pushes;
  ASSERT_TRUE(log->replay(0, [&](const LoggedPush& push) -> Status {
    pushes.push_back(push);
    return {};
  }));
  EXPECT_EQ(pushes[1].counted_before.unreadable, 1);
  EXPECT_EQ(pushes[1].records, "y\n");
  EXPECT_EQ(pushes[1].position, "42 t");
}

}  // namespace
}  // namespace headrace
