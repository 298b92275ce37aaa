// A store whose appends are not synced: what a stopped machine may take from it, and what it may not.

#include "store/rocks_event_log.h"
#include "store/rocks_files_testing.h"
#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

#include <functional>

namespace headrace {
namespace {

constexpr char kIntervalStore[] = "store";

class IntervalDurabilityTest : public testing::Test {
 protected:
  Result<std::unique_ptr<EventLog>> open(FaultyFileSystem& files,
                                         StoreDurability durability = StoreDurability::kInterval) {
    env_ = rocks_env_over(files);
    return open_rocks_event_log_over(kIntervalStore, files, env_.get(), durability);
  }
  static LoggedPush push_of(size_t number) {
    // Large enough that the write-ahead log goes on in a further file now and then.
    return {"s", static_cast<int64_t>(number), std::string(number % 7 == 0 ? 700'000 : 50 + number % 90, 'x')};
  }

  /// Appends pushes, and syncs after every fifth.
  void live_through(FaultyFileSystem& files, int pushes = 60) {
    const auto log = open(files);
    if (!log.ok()) return;
    written_ = synced_ = std::max<size_t>(synced_, (*log)->next());
    for (int i = 0; i < pushes; ++i) {
      const LoggedPush push = push_of(written_);
      if (!(*log)->append({&push, 1}).ok()) {
        tried_ = 1;
        return;
      }
      ++written_;
      if (i % 5 == 4) {
        if (!(*log)->sync().ok()) return;
        synced_ = written_;
      }
      if (i % 20 == 19) {
        const LogCheckpoint checkpoint{synced_, synced_, 0, {{"states", "x"}}};
        if ((*log)->save(checkpoint).ok()) synced_ = written_;  // in a write that is synced, with all before it
      }
    }
  }

  /// A prefix of what was written, with all that was synced.
  void expect_prefix(FaultyFileSystem& files, size_t least, const std::string& when) {
    const auto log = open(files);
    ASSERT_TRUE(log.ok()) << when << ": " << log.error().message();
    size_t number = 0;
    const Status read = (*log)->replay(0, [&](const LoggedPush& push) -> Status {
      EXPECT_EQ(push.now_us, static_cast<int64_t>(number)) << when;
      EXPECT_EQ(push.records, push_of(number).records) << when;
      ++number;
      return {};
    });
    ASSERT_TRUE(read.ok()) << when << ": " << read.error().message();
    EXPECT_GE(number, least) << when;
    EXPECT_LE(number, written_ + tried_) << when;
    const LoggedPush push = push_of(number);
    EXPECT_TRUE((*log)->append({&push, 1}).ok() && (*log)->sync().ok()) << when;
  }

  std::unique_ptr<rocksdb::Env> env_;
  size_t written_ = 0, synced_ = 0, tried_ = 0;
};

TEST_F(IntervalDurabilityTest, EveryCrashKeepsWhatWasSyncedAndWholePushes) {
  FaultyFileSystem counting;
  live_through(counting);
  const int64_t changes = counting.changes();
  ASSERT_GT(changes, 100);
  size_t lost = 0;
  for (const Loss loss : kLosses) {
    for (int64_t change = 1; change <= changes; ++change) {
      written_ = synced_ = tried_ = 0;
      FaultyFileSystem files;
      files.crash_at(change);
      live_through(files);
      files.restart(loss);
      // A kill takes nothing: what is written is the system's.
      const size_t least = loss == Loss::kNothing ? written_ : synced_;
      expect_prefix(files, least,
                    "crash at " + std::to_string(change) + ", loss " + std::to_string(static_cast<int>(loss)));
      if (loss != Loss::kNothing) lost += written_ - synced_;
    }
  }
  EXPECT_GT(lost, 100u) << "there was something to lose";
}

TEST_F(IntervalDurabilityTest, AfterASyncThatFailedNothingMoreIsWritten) {
  FaultyFileSystem counting;
  live_through(counting);
  int failed = 0;
  for (int64_t change = 1; change <= counting.changes(); ++change) {
    written_ = synced_ = tried_ = 0;
    FaultyFileSystem files;
    const auto log = open(files);
    ASSERT_TRUE(log.ok());
    const LoggedPush push = push_of(1);
    ASSERT_TRUE((*log)->append({&push, 1}).ok());
    files.fail_at(files.changes() + change);
    const Status first = (*log)->sync();
    if (first.ok()) continue;
    ++failed;
    EXPECT_FALSE((*log)->sync().ok());
    EXPECT_FALSE((*log)->append({&push, 1}).ok());
    if (failed > 3) break;
  }
  EXPECT_GT(failed, 0);
}

TEST_F(IntervalDurabilityTest, DamageToWhatWasSyncedIsTold) {
  FaultyFileSystem whole;
  live_through(whole, 6);
  std::map<std::string, std::string> texts = whole.all_files();
  const auto wal = std::ranges::find_if(texts, [](const auto& file) { return file.first.ends_with(".log"); });
  ASSERT_NE(wal, texts.end());
  // In the first push, which was synced with the five before.
  wal->second[wal->second.size() / 4] ^= 1;
  FaultyFileSystem files;
  for (const auto& [path, text] : texts) {
    ASSERT_TRUE(files.make_folders(folder_of(path)));
    const auto file = files.create(path, {}).value();
    ASSERT_TRUE(file->append(text).ok() && file->close().ok());
  }
  const auto log = open(files);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().kind(), ErrorKind::kData);
}

TEST_F(IntervalDurabilityTest, TheMarkGoesWithTheInterval) {
  FaultyFileSystem files;
  live_through(files, 3);
  EXPECT_TRUE(files.exists("store/interval").value());
  {
    const auto log = open(files, StoreDurability::kSync);
    ASSERT_TRUE(log.ok()) << log.error().message();
    EXPECT_EQ((*log)->next(), 3u);
    EXPECT_FALSE(files.exists("store/interval").value());
    const LoggedPush push = push_of(3);
    ASSERT_TRUE((*log)->append({&push, 1}).ok());
  }
  files.restart(Loss::kUnsyncedNames);
  EXPECT_EQ(open(files, StoreDurability::kSync).value()->next(), 4u);
}

}  // namespace
}  // namespace headrace
