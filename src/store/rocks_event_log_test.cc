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
    EXPECT_TRUE(log.replay([&](const LoggedPush& push) -> Status {
      pushes.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.records);
      return {};
    }));
    return pushes;
  }

  fs::path folder_;
};

TEST_F(RocksEventLogTest, GivesPushesBackInTheirOrder) {
  const std::vector<LoggedPush> pushes = {
      {"a", 1, "{\"x\": 1}"}, {"", -5, ""}, {"b", 1 << 30, std::string(100'000, 'x')}};
  std::vector<std::string> expected;
  for (const LoggedPush& push : pushes) {
    expected.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.records);
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

TEST_F(RocksEventLogTest, BelongsToOneProcessAtATime) {
  const auto log = open_rocks_event_log(folder_).value();
  const auto second = open_rocks_event_log(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
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
    const Status status = (*log)->replay([&](const LoggedPush& push) -> Status {
      found.push_back(push.source + "@" + std::to_string(push.now_us) + " " + push.records);
      return {};
    });
    ASSERT_LE(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i]) << at;
    errors += status.ok() && found.size() == expected.size() ? 0 : 1;
  }
  fs::remove_all(copy);
  EXPECT_GT(errors, 10);
}

}  // namespace
}  // namespace headrace
