#include "store/rocks_event_log.h"

#include "store/rocks_files_testing.h"
#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace headrace {
namespace {

constexpr char kStore[] = "store";

/// A store on files in memory, and pushes that are told apart by their numbers.
class FaultyStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<EventLog>> open(FaultyFileSystem& files) {
    env_ = rocks_env_over(files);
    return open_rocks_event_log_over(kStore, files, env_.get());
  }

  static LoggedPush push_of(size_t number) {
    return {"s" + std::to_string(number % 3), static_cast<int64_t>(number), std::string(20 + number * 37 % 90, 'x')};
  }

  static LogCheckpoint checkpoint_at(uint64_t next) {
    return {next, next - 1, next / 2, {{"states", "after " + std::to_string(next) + std::string(100, '.')}}};
  }

  /// Appends `groups` of one to three pushes. Counts what was acknowledged, and how many the last one that failed had.
  void append_groups(EventLog& log, int groups) {
    for (int i = 0; i < groups; ++i) {
      std::vector<LoggedPush> group;
      for (size_t k = 0; k <= acknowledged_ % 3; ++k) group.push_back(push_of(acknowledged_ + k));
      if (log.append(group).ok()) {
        acknowledged_ += group.size();
        if (acknowledged_ % 4 == 0) (void)log.save(checkpoint_at(acknowledged_));  // what fails shows in what is kept
        continue;
      }
      tried_ = group.size();
      return;
    }
  }

  /// Three lives of a server: each start takes over what the one before had in its write-ahead log.
  void live_through(FaultyFileSystem& files) {
    for (int life = 0; life < 3; ++life) {
      const auto log = open(files);
      if (!log.ok()) return;
      append_groups(**log, 4);
    }
  }

  /// The number of pushes that the log had so far; those that it keeps are whole and in order, and so is its checkpoint.
  static Result<size_t> count(const EventLog& log) {
    ASSIGN_OR_RETURN(const std::optional<LogCheckpoint> checkpoint, log.checkpoint());
    if (checkpoint) {
      EXPECT_EQ(checkpoint->parts, checkpoint_at(checkpoint->next).parts);
      EXPECT_EQ(checkpoint->keep_from, checkpoint_at(checkpoint->next).keep_from);
    }
    size_t number = checkpoint ? checkpoint->keep_from : 0;
    RETURN_IF_ERROR(log.replay(number, [&](const LoggedPush& push) -> Status {
      const LoggedPush expected = push_of(number++);
      EXPECT_EQ(push.source, expected.source);
      EXPECT_EQ(push.now_us, expected.now_us);
      EXPECT_EQ(push.records, expected.records);
      return {};
    }));
    EXPECT_EQ(number, log.next());
    return number;
  }

  /// After a restart all that was acknowledged is there, and what was not whole or not at all; and it goes on.
  void expect_kept(FaultyFileSystem& files, const std::string& when) {
    const auto log = open(files);
    ASSERT_TRUE(log.ok()) << when << ": " << log.error().message();
    const Result<size_t> found = count(**log);
    ASSERT_TRUE(found.ok()) << when << ": " << found.error().message();
    EXPECT_TRUE(*found == acknowledged_ || (tried_ > 0 && *found == acknowledged_ + tried_))
        << when << ": " << *found << " of " << acknowledged_ << " and perhaps " << tried_;
    acknowledged_ = *found;
    tried_ = 0;
    append_groups(**log, 2);
    EXPECT_EQ(count(**log).value(), acknowledged_) << when;
    EXPECT_GT(acknowledged_, *found) << when;
  }

  std::unique_ptr<rocksdb::Env> env_;
  size_t acknowledged_ = 0;  // pushes
  size_t tried_ = 0;         // behind them, in an append that failed
};

int64_t changes_of(const std::function<void(FaultyFileSystem&)>& run) {
  FaultyFileSystem files;
  run(files);
  return files.changes();
}

TEST_F(FaultyStoreTest, EveryCrashKeepsWhatWasAcknowledged) {
  const int64_t changes = changes_of([&](FaultyFileSystem& files) { live_through(files); });
  ASSERT_GT(changes, 60);
  for (const Loss loss : kLosses) {
    for (int64_t change = 1; change <= changes; ++change) {
      acknowledged_ = tried_ = 0;
      FaultyFileSystem files;
      files.crash_at(change);
      live_through(files);
      files.restart(loss);
      expect_kept(files, "crash at " + std::to_string(change) + ", loss " + std::to_string(static_cast<int>(loss)));
    }
  }
}

/// A disk that fails once, be it a write or a sync: what was being kept may be gone with it, and nothing is tried again.
TEST_F(FaultyStoreTest, AfterAnyFailureNothingMoreIsWritten) {
  const int64_t changes = changes_of([&](FaultyFileSystem& files) { live_through(files); });
  int failed_appends = 0;
  for (int64_t change = 1; change <= changes; ++change) {
    acknowledged_ = tried_ = 0;
    FaultyFileSystem files;
    files.fail_at(change);
    for (int life = 0; life < 3 && tried_ == 0; ++life) {
      const auto log = open(files);
      if (!log.ok()) continue;
      append_groups(**log, 4);
      if (tried_ == 0) continue;
      ++failed_appends;
      const int64_t before = files.changes();
      const LoggedPush push = push_of(acknowledged_);
      for (int again = 0; again < 3; ++again)
        EXPECT_EQ((*log)->append({&push, 1}).error().kind(), ErrorKind::kEnvironment);
      EXPECT_EQ(files.changes(), before) << change;
      EXPECT_GE(count(**log).value(), acknowledged_) << "reads go on";
    }
    files.restart(Loss::kUnsyncedNames);
    expect_kept(files, "failure at " + std::to_string(change));
  }
  EXPECT_GT(failed_appends, 20);
}

TEST_F(FaultyStoreTest, AFullDiskEndsWritingAndNotReading) {
  const int64_t changes = changes_of([&](FaultyFileSystem& files) { live_through(files); });
  int failed_appends = 0;
  for (int64_t change = 1; change <= changes; change += 3) {
    acknowledged_ = tried_ = 0;
    FaultyFileSystem files;
    files.fill_at(change);
    for (int life = 0; life < 3 && tried_ == 0; ++life) {
      const auto log = open(files);
      if (!log.ok()) {
        EXPECT_EQ(log.error().kind(), ErrorKind::kEnvironment) << log.error().message();
        break;
      }
      append_groups(**log, 4);
      if (tried_ == 0) continue;
      ++failed_appends;
      const LoggedPush push = push_of(acknowledged_);
      const Error error = (*log)->append({&push, 1}).error();
      EXPECT_NE(error.message().find("No space left"), std::string::npos) << error.message();
      EXPECT_NE(error.help().find("free some space"), std::string::npos) << error.help();
      EXPECT_GE(count(**log).value(), acknowledged_) << "reads go on";
    }
    files.restart(Loss::kNothing);
    expect_kept(files, "full at " + std::to_string(change));
  }
  EXPECT_GT(failed_appends, 5);
}

void put_files(FaultyFileSystem& files, const std::map<std::string, std::string>& texts) {
  for (const auto& [path, text] : texts) {
    ASSERT_TRUE(files.make_folders(folder_of(path)));
    const auto file = files.create(path, {}).value();
    ASSERT_TRUE(file->append(text).ok() && file->close().ok());
  }
}

/// A bit of any file that is another one, in the logs of each byte: all pushes are given, or an error, before anything is
/// removed.
TEST_F(FaultyStoreTest, NoFlippedByteIsServedOrLosesAPush) {
  FaultyFileSystem whole;
  live_through(whole);
  const std::map<std::string, std::string> texts = whole.all_files();
  int errors = 0;
  for (const auto& [path, text] : texts) {
    const bool is_log = path.ends_with(".log") || path.find("MANIFEST") != std::string::npos;
    const size_t step = is_log ? 1 : std::max<size_t>(1, text.size() / 150);
    for (size_t bit = 0; bit < 8 * text.size(); bit += is_log ? 7 : 8 * step + 1) {
      std::map<std::string, std::string> damaged = texts;
      damaged[path][bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
      FaultyFileSystem files;
      put_files(files, damaged);

      const auto log = open(files);
      const Result<size_t> found = log.ok() ? count(**log) : Result<size_t>(log.error());
      if (found.ok()) {
        EXPECT_EQ(*found, acknowledged_) << path << ", bit " << bit;
        continue;
      }
      ++errors;
      EXPECT_NE(found.error().message().find(kStore), std::string::npos) << found.error().message();
      EXPECT_FALSE(found.error().help().empty()) << found.error().message();
      if (!log.ok()) {
        EXPECT_EQ(files.all_files().size(), texts.size()) << path << ", bit " << bit << ": something was removed";
      }
    }
  }
  EXPECT_GT(errors, 500);
}

/// What a power cut leaves of an append that nobody was told of is no damage.
TEST_F(FaultyStoreTest, ATailThatWasNotAcknowledgedMayBeCutOff) {
  FaultyFileSystem whole;
  std::map<std::string, std::string> texts;
  {
    const auto log = open(whole).value();
    append_groups(*log, 3);
    texts = whole.all_files();  // as a kill leaves it
    append_groups(*log, 1);
  }
  const std::map<std::string, std::string> later = whole.all_files();
  std::string wal;
  for (const auto& [path, text] : texts) {
    if (path.ends_with(".log") && later.contains(path) && later.at(path).size() > text.size()) wal = path;
  }
  ASSERT_FALSE(wal.empty());

  for (size_t size = texts[wal].size(); size <= later.at(wal).size(); size += 7) {
    std::map<std::string, std::string> cut = texts;
    cut[wal] = later.at(wal).substr(0, size);
    FaultyFileSystem files;
    put_files(files, cut);
    const auto log = open(files);
    ASSERT_TRUE(log.ok()) << size << ": " << log.error().message();
    EXPECT_GE(count(**log).value() + 3, acknowledged_) << size;
  }
}

}  // namespace
}  // namespace headrace
