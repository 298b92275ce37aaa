#include "store/rocks_event_log.h"

#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

namespace fs = std::filesystem;

class RocksEventLogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::vector<std::string> pushes_of(const EventLog& log) {
    std::vector<std::string> pushes;
    EXPECT_TRUE(log.replay(0, [&](const LoggedPush& push) -> Status {
      pushes.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.key + " " + push.records);
      return {};
    }));
    return pushes;
  }

  fs::path folder_;
};

TEST_F(RocksEventLogTest, GivesPushesBackInTheirOrder) {
  const std::vector<LoggedPush> pushes = {{"a", 1, "{\"x\": 1}"},
                                          {"", -5, ""},
                                          {"b", 1 << 30, std::string(100'000, 'x')},
                                          {.source = "c", .now_us = 2, .records = "{}", .key = "key"}};
  std::vector<std::string> expected;
  for (const LoggedPush& push : pushes) {
    expected.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.key + " " + push.records);
  }
  {
    const auto log = open_rocks_event_log(folder_).value();
    EXPECT_TRUE(pushes_of(*log).empty());
    ASSERT_TRUE(log->append(std::span(pushes).first(2)));
    ASSERT_TRUE(log->append(std::span(pushes).subspan(2)));
    EXPECT_EQ(pushes_of(*log), expected);
  }
  const auto log = open_rocks_event_log(folder_).value();
  EXPECT_EQ(pushes_of(*log), expected);
  ASSERT_TRUE(log->append(std::span(pushes).first(1)));
  expected.push_back(expected[0]);
  EXPECT_EQ(pushes_of(*log), expected);
}

TEST_F(RocksEventLogTest, KeepsPositionsOfLanesWithTheirEvents) {
  const auto text_of = [](const EventLog& log) {
    std::string text;
    const auto positions = log.positions();
    EXPECT_TRUE(positions);
    for (const LanePosition& each : *positions) {
      text += each.source + "/" + std::to_string(each.lane) + "=" + each.position + " ";
    }
    EXPECT_TRUE(log.replay(0, [&](const LoggedPush& push) -> Status {
      text += "(" + push.records + " " + push.source + "/" + std::to_string(push.lane) + " " + push.position +
              (!push.is_drained   ? ")"
               : *push.is_drained ? " drained)"
                                  : " not drained)");
      return {};
    }));
    return text;
  };
  {
    const auto log = open_rocks_event_log(folder_).value();
    const std::vector<LoggedPush> pushes = {
        {"a", 1, "x", 0, "7", false}, {"a", 1, "y", 300, "12"}, {"a", 2, "", 0, "9", true}, {"a", 3, "push"}};
    ASSERT_TRUE(log->append(pushes));
  }
  EXPECT_EQ(text_of(*open_rocks_event_log(folder_).value()),
            "a/0=9 a/300=12 (x a/0 7 not drained)(y a/300 12)( a/0 9 drained)(push a/0 )");
}

TEST_F(RocksEventLogTest, KeepsTheIdsOfMessagesWithTheirEvents) {
  {
    const auto log = open_rocks_event_log(folder_).value();
    const std::vector<LoggedPush> pushes = {
        {.source = "a", .now_us = 1, .records = "x\ny\n", .position = "s", .ids = {"2070443601311540", "", "m7"}},
        {.source = "a",
         .now_us = 2,
         .records = "z\n",
         .position = "s",
         .key = "key",
         .counted_before = {.late = 1},
         .forgotten = {{0, EventTime{7}}},
         .ids = {std::string(300, 'i')}},
        {"a", 3, "push"}};
    ASSERT_TRUE(log->append(pushes));
  }
  std::vector<std::vector<std::string>> ids;
  std::string records;
  ASSERT_TRUE(open_rocks_event_log(folder_).value()->replay(0, [&](const LoggedPush& push) -> Status {
    ids.push_back(push.ids);
    records += push.records + "|";
    return {};
  }));
  EXPECT_EQ(ids, (std::vector<std::vector<std::string>>{{"2070443601311540", "", "m7"}, {std::string(300, 'i')}, {}}));
  EXPECT_EQ(records, "x\ny\n|z\n|push|");
}

TEST_F(RocksEventLogTest, BelongsToOneProcessAtATime) {
  const auto log = open_rocks_event_log(folder_).value();
  const auto second = open_rocks_event_log(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(second.error().message().find(folder_.string()), std::string::npos) << second.error().message();
  EXPECT_NE(second.error().help().find("a folder of its own"), std::string::npos);
}

/// Each byte of the write-ahead log in turn: what is read is a beginning of what was written, or an error.
TEST_F(RocksEventLogTest, NeverGivesDamageOut) {
  std::vector<std::string> expected;
  {
    const auto log = open_rocks_event_log(folder_).value();
    for (int i = 0; i < 5; ++i) {
      const LoggedPush push{"s", i, "record " + std::to_string(i)};
      ASSERT_TRUE(log->append({&push, 1}));
    }
    expected = pushes_of(*log);
  }
  fs::path wal;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) wal = entry.path();
  }
  ASSERT_FALSE(wal.empty());
  const fs::path copy = folder_.string() + "-copy";
  int errors = 0;
  for (uintmax_t at = 0; at < fs::file_size(wal); at += 7) {
    fs::remove_all(copy);
    fs::copy(folder_, copy);
    std::fstream file(copy / wal.filename(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    file.close();

    const auto log = open_rocks_event_log(copy);
    if (!log.ok()) {
      ++errors;
      continue;
    }
    std::vector<std::string> found;
    const Status status = (*log)->replay(0, [&](const LoggedPush& push) -> Status {
      found.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.key + " " + push.records);
      return {};
    });
    ASSERT_LE(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i]) << at;
    errors += status.ok() && found.size() == expected.size() ? 0 : 1;
  }
  fs::remove_all(copy);
  EXPECT_GT(errors, 10);
}

TEST_F(RocksEventLogTest, KeepsWhatRestsWithItsCheckpoint) {
  const auto text_of = [](const EventLog& log, const RestingPlace& place) {
    return log.resting(place).value().value_or("none");
  };
  const std::vector<LoggedPush> pushes(1, {"a", 1, "{}"});
  {
    const auto log = open_rocks_event_log(folder_).value();
    EXPECT_EQ(log->next_generation("pump").value(), 1u);
    ASSERT_TRUE(log->append(pushes));
    LogCheckpoint checkpoint{.next = 1, .parts = {{"x", "y"}}};
    for (const char* name : {"a", "b", "c"}) checkpoint.resting.push_back({{"pump", 1, name}, name});
    checkpoint.resting.push_back({{"pumps", 7, "a"}, "of another entity"});
    ASSERT_TRUE(log->save(checkpoint));
    checkpoint.resting = {{{"pump", 1, "b"}, "later"}, {{"pump", 3, "b"}, "anew"}};
    ASSERT_TRUE(log->save(checkpoint));
  }

  const auto log = open_rocks_event_log(folder_).value();
  EXPECT_EQ(text_of(*log, {"pump", 1, "a"}), "a");
  EXPECT_EQ(text_of(*log, {"pump", 1, "b"}), "later");
  EXPECT_EQ(text_of(*log, {"pump", 1, "d"}), "none");
  EXPECT_EQ(text_of(*log, {"pump", 2, "a"}), "none");
  EXPECT_EQ(text_of(*log, {"pumps", 7, "a"}), "of another entity");
  EXPECT_EQ(log->next_generation("pump").value(), 4u);
  const std::vector<RestingRow> first = log->resting_after({"pump", 1, ""}, 2).value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1].bytes, "later");
  const std::vector<RestingRow> rest = log->resting_after(first[1].place, 2).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].place.name, "c");

  EXPECT_FALSE(log->remove_resting({"pump", 3, "a"}).value());
  EXPECT_EQ(text_of(*log, {"pump", 1, "a"}), "none") << "of another generation";
  EXPECT_EQ(text_of(*log, {"pump", 3, "b"}), "anew");
  EXPECT_TRUE(log->remove_resting({"pump", 3, "b"}).value());
  ASSERT_TRUE(log->save({.next = 1, .first_generations = {{"pumps", 8}}}));
  EXPECT_EQ(text_of(*log, {"pumps", 7, "a"}), "none");
}

TEST_F(RocksEventLogTest, GivesTheLastCheckpointBackAndForgetsWhatItMay) {
  std::string large;
  large.resize(9'000'000, 'x');
  {
    const auto log = open_rocks_event_log(folder_).value();
    EXPECT_EQ(log->checkpoint().value(), std::nullopt);
    for (int push = 0; push < 10; ++push) {
      ASSERT_TRUE(log->append(std::vector<LoggedPush>{{"s", push, std::to_string(push)}}));
    }
    ASSERT_TRUE(log->save({5, 3, 0, {{"old", large}}}));
    ASSERT_TRUE(log->save({10, 7, 4, {{"", ""}, {"a", std::string("\0b", 2)}, {"large", large}}}));
    EXPECT_EQ(log->next(), 10u);
  }
  const auto log = open_rocks_event_log(folder_).value();
  EXPECT_EQ(log->next(), 10u);
  const LogCheckpoint checkpoint = log->checkpoint().value().value();
  EXPECT_EQ(checkpoint.next, 10u);
  EXPECT_EQ(checkpoint.replay_from, 7u);
  EXPECT_EQ(checkpoint.keep_from, 4u);
  EXPECT_EQ(checkpoint.parts,
            (std::map<std::string, std::string>{{"", ""}, {"a", std::string("\0b", 2)}, {"large", large}}));

  std::vector<int64_t> kept;
  const auto take = [&](const LoggedPush& push) -> Status {
    kept.push_back(push.now_us);
    return {};
  };
  ASSERT_TRUE(log->replay(7, take));
  EXPECT_EQ(kept, (std::vector<int64_t>{7, 8, 9}));
  EXPECT_FALSE(log->replay(0, take)) << "what is forgotten cannot be fed";

  ASSERT_TRUE(log->save({10, 10, 10, {}}));
  ASSERT_TRUE(log->append(std::vector<LoggedPush>{{"s", 10, ""}}));
  EXPECT_EQ(log->next(), 11u);
}

}  // namespace
}  // namespace headrace
