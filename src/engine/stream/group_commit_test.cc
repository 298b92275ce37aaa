#include "engine/stream/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>

namespace headrace {
namespace {

/// Keeps pushes in memory; the append of a given number fails.
class TestLog : public EventLog {
 public:
  Status append(std::span<const LoggedPush> pushes) override {
    if (++appends == failing) return Error::environment("no space");
    for (const LoggedPush& push : pushes) records.push_back(push.records);
    return {};
  }
  Status sync() override {
    ++syncs;
    return fails_to_sync ? Status(Error::environment("no disk")) : Status();
  }
  uint64_t next() const override { return records.size(); }
  Status replay(uint64_t, const Take&) const override { return {}; }
  Status save(const LogCheckpoint&) override { return {}; }
  Result<std::optional<LogCheckpoint>> checkpoint() const override { return std::optional<LogCheckpoint>(); }

  std::vector<std::string> records;
  int appends = 0;
  int failing = 0;
  std::atomic<int> syncs = 0;
  bool fails_to_sync = false;
};

TEST(GroupCommitTest, MakesAllDurableInOrderAndTogether) {
  TestLog log;
  std::atomic<int> failures = 0;
  {
    GroupCommit commit(log);
    std::mutex order;
    int next = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          uint64_t number;
          {
            const std::lock_guard lock(order);
            number = commit.add({"s", 0, std::to_string(next++)});
          }
          if (!commit.wait(number)) ++failures;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(failures, 0);
  ASSERT_EQ(log.records.size(), 400u);
  for (int i = 0; i < 400; ++i) EXPECT_EQ(log.records[static_cast<size_t>(i)], std::to_string(i));
  EXPECT_LE(log.appends, 400);
}

TEST(GroupCommitTest, TakesNothingAfterAFailure) {
  TestLog log;
  log.failing = 2;
  GroupCommit commit(log);
  EXPECT_TRUE(commit.wait(commit.add({"s", 0, "first"})));
  EXPECT_FALSE(commit.wait(commit.add({"s", 0, "second"})));
  EXPECT_FALSE(commit.wait(commit.add({"s", 0, "third"})));
  EXPECT_TRUE(commit.failure().has_value());
  EXPECT_EQ(log.appends, 2);
}

TEST(GroupCommitTest, AnIntervalAcknowledgesBeforeItSyncs) {
  TestLog log;
  GroupCommit commit(log, {}, Duration{600 * kMicrosPerSecond});
  EXPECT_TRUE(commit.wait(commit.add({"s", 0, "first"})));
  EXPECT_EQ(commit.durable(), 0u);
  EXPECT_EQ(log.syncs, 0);
  EXPECT_TRUE(commit.flush());
  EXPECT_EQ(commit.durable(), 1u);
  EXPECT_EQ(log.syncs, 1);
  EXPECT_TRUE(commit.flush());
  EXPECT_EQ(log.syncs, 1) << "nothing was new";
}

TEST(GroupCommitTest, AnIntervalSyncsByItselfAndAtItsEnd) {
  TestLog log;
  {
    GroupCommit commit(log, {}, Duration{1'000});
    EXPECT_TRUE(commit.wait(commit.add({"s", 0, "first"})));
    while (commit.durable() == 0) std::this_thread::yield();
    EXPECT_GE(log.syncs, 1);
  }
  TestLog other;
  {
    GroupCommit commit(other, {}, Duration{600 * kMicrosPerSecond});
    EXPECT_TRUE(commit.wait(commit.add({"s", 0, "first"})));
  }
  EXPECT_EQ(other.syncs, 1);
}

TEST(GroupCommitTest, AfterASyncThatFailedNothingIsTaken) {
  TestLog log;
  log.fails_to_sync = true;
  GroupCommit commit(log, {}, Duration{600 * kMicrosPerSecond});
  EXPECT_TRUE(commit.wait(commit.add({"s", 0, "first"})));
  EXPECT_FALSE(commit.flush());
  EXPECT_FALSE(commit.wait(commit.add({"s", 0, "second"})));
  EXPECT_TRUE(commit.failure().has_value());
  EXPECT_EQ(log.appends, 1);
}

}  // namespace
}  // namespace headrace
