#include "control_store/control_log.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

class ControlLogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "control.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ControlLog> open() {
    auto log = open_control_log(path());
    EXPECT_TRUE(log.ok()) << log.error().message();
    return std::move(log).value();
  }
  std::string path() const { return folder_ + "/control.db"; }
  static ControlEvent event(const std::string& key, const std::string& subject = "r1") {
    return {
        .at = {5}, .actor = "ann", .reason = "why", .subject = subject, .kind = "paused", .payload = "{}", .key = key};
  }

  std::string folder_;
};

TEST_F(ControlLogTest, KeepsEventsInOrderAcrossOpenings) {
  {
    const auto log = open();
    const ControlLease lease = log->acquire("a", {0}, {1'000}).value();
    EXPECT_EQ(log->append(0, lease.token, {event("k1"), event("k2", "r2")}).value().last, 2);
    EXPECT_EQ(log->append(2, lease.token, {event("k3")}).value().last, 3);
  }
  const auto log = open();
  EXPECT_EQ(log->last().value(), 3);
  const std::vector<ControlEvent> events = log->read(1, 10).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].sequence, 2);
  EXPECT_EQ(events[0].subject, "r2");
  EXPECT_EQ(events[1].key, "k3");
  EXPECT_EQ(log->read_subject("r1").value().size(), 2U);
}

TEST_F(ControlLogTest, TwoWritersCannotDecideOnTheSameState) {
  const auto log = open();
  const ControlLease lease = log->acquire("a", {0}, {1'000}).value();
  ASSERT_TRUE(log->append(0, lease.token, {event("k1")}).ok());
  const auto second = log->append(0, lease.token, {event("k2")});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(log->last().value(), 1);
}

TEST_F(ControlLogTest, AskingAgainIsAskingOnce) {
  const auto log = open();
  const ControlLease lease = log->acquire("a", {0}, {1'000}).value();
  ASSERT_FALSE(log->append(0, lease.token, {event("k1")}).value().were_there);
  EXPECT_TRUE(log->append(0, lease.token, {event("k1")}).value().were_there);
  EXPECT_EQ(log->append(1, lease.token, {event("k1", "other")}).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(log->append(1, lease.token, {event("k1"), event("k2")}).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(log->last().value(), 1);
}

TEST_F(ControlLogTest, AWriterWhoseLeaseWentToAnotherIsRefused) {
  const auto first = open();
  const auto second = open();
  const ControlLease old = first->acquire("a", {0}, {1'000}).value();
  EXPECT_EQ(second->acquire("b", {999}, {1'000}).error().kind(), ErrorKind::kUnavailable);
  const ControlLease lease = second->acquire("b", {1'000}, {1'000}).value();
  EXPECT_GT(lease.token, old.token);
  EXPECT_EQ(first->append(0, old.token, {event("k1")}).error().kind(), ErrorKind::kConflict);
  EXPECT_TRUE(second->append(0, lease.token, {event("k1")}).ok());

  // Giving back what one no longer has takes nothing from its new holder.
  ASSERT_TRUE(first->release(old).ok());
  EXPECT_FALSE(first->acquire("a", {1'500}, {1'000}).ok());
  ASSERT_TRUE(second->release(lease).ok());
  EXPECT_TRUE(first->acquire("a", {1'500}, {1'000}).ok());
}

TEST_F(ControlLogTest, EventsCannotBeChangedOrRemovedBehindItsBack) {
  {
    const auto log = open();
    const ControlLease lease = log->acquire("a", {0}, {1'000}).value();
    ASSERT_TRUE(log->append(0, lease.token, {event("k1")}).ok());
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  EXPECT_NE(sqlite3_exec(database, "UPDATE event SET actor = 'eve'", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_NE(sqlite3_exec(database, "DELETE FROM event", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  EXPECT_EQ(open()->read(0, 10).value().front().actor, "ann");
}

TEST_F(ControlLogTest, AnotherProgramsFileAndALaterFormAreLeftAlone) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE other(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  EXPECT_EQ(open_control_log(path()).error().kind(), ErrorKind::kData);

  std::filesystem::remove(path());
  open().reset();
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 2", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto later = open_control_log(path());
  ASSERT_FALSE(later.ok());
  EXPECT_NE(later.error().message().find("form 2"), std::string::npos);
}

TEST_F(ControlLogTest, ADamagedFileIsReportedAndStaysAsItIs) {
  {
    const auto log = open();
    const ControlLease lease = log->acquire("a", {0}, {1'000}).value();
    std::vector<ControlEvent> events;
    for (int i = 0; i < 200; ++i) events.push_back(event("k" + std::to_string(i)));
    ASSERT_TRUE(log->append(0, lease.token, events).ok());
  }
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path()));
  for (int64_t at = 0; at < bytes; at += 997) {
    std::string whole(static_cast<size_t>(bytes), '\0');
    std::ifstream(path(), std::ios::binary).read(whole.data(), bytes);
    std::string broken = whole;
    for (int64_t i = at; i < std::min(bytes, at + 64); ++i) broken[static_cast<size_t>(i)] ^= 0x5A;
    const std::string other = folder_ + "/broken.db";
    std::ofstream(other, std::ios::binary | std::ios::trunc) << broken;

    // Damage is found, or is where no event lies.
    const auto log = open_control_log(other);
    if (!log.ok()) continue;
    const auto events = (*log)->read(0, 1'000);
    EXPECT_LE(events.ok() ? events->size() : 0, 200U);
    std::filesystem::remove(other);
    std::filesystem::remove(other + "-wal");
    std::filesystem::remove(other + "-shm");
  }
  std::ofstream(folder_ + "/text.db") << "this is no database, but a text that is long enough to be looked at\n";
  EXPECT_EQ(open_control_log(folder_ + "/text.db").error().kind(), ErrorKind::kData);
}

}  // namespace
}  // namespace headrace
