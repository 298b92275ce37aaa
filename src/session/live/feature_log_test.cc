#include "session/live/feature_log.h"

#include "testing/faulty_file_system.h"
#include "testing/stopped_clock.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace headrace {
namespace {

constexpr int64_t kDay = 86400 * kMicrosPerSecond;

/// Holds up whoever makes a file until it is opened.
class GatedFileSystem : public FaultyFileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
    return FaultyFileSystem::create(path, options);
  }
  void wait_for_writer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }
  void open_gate() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool is_open_ = false;
};

class FeatureLogTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 19783 * kDay + 5;  // 2024-03-01
    options_.folder = "log";
    options_.sample = 1;
    options_.every = Duration{3600 * kMicrosPerSecond};
    options_.clock = &clock_;
    options_.files = &files_;
  }

  static std::shared_ptr<const LoggedFeatures> features(const Type& type = {ScalarType::kDouble, false}) {
    auto out = std::make_shared<LoggedFeatures>();
    out->entity = "pump";
    out->keys = {"pump_id"};
    out->names = {"flow"};
    out->versions = {"1.0"};
    out->digests = {"d"};
    out->types = {type};
    return out;
  }
  static std::vector<LoggedRow> rows(int count, std::shared_ptr<const LoggedFeatures> of = features(),
                                     const Value& value = Value{1.5}) {
    std::vector<LoggedRow> out;
    for (int i = 0; i < count; ++i) {
      out.push_back({.features = of,
                     .key = {Value{std::string("p1")}},
                     .as_of = {i},
                     .read_at = {i},
                     .position = std::nullopt,
                     .values = {value},
                     .newest = {std::nullopt}});
    }
    return out;
  }
  std::unique_ptr<FeatureLog> open() { return FeatureLog::open(options_).value(); }
  /// Names of files that a reader takes.
  static std::vector<std::string> visible(const FaultyFileSystem& files) {
    std::vector<std::string> out;
    for (const auto& [path, bytes] : files.all_files()) {
      if (path.ends_with(".parquet") && path.find("/.") == std::string::npos) out.push_back(path);
    }
    return out;
  }

  StoppedClock clock_;
  FaultyFileSystem files_;
  FeatureLogOptions options_;
};

TEST_F(FeatureLogTest, WritesAFileOfTheDayAtItsEnd) {
  auto log = open();
  log->add(rows(3));
  EXPECT_EQ(log->counts().waiting, 3);
  EXPECT_TRUE(visible(files_).empty());
  log.reset();
  const std::vector<std::string> found = visible(files_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("log/pump/log_day=2024-03-01/20240301T000000.000005Z-")) << found[0];
}

TEST_F(FeatureLogTest, RowsOfOtherTypesAreInAnotherFile) {
  auto log = open();
  log->add(rows(2));
  log->add(rows(2, features({ScalarType::kString, false}), Value{std::string("x")}));
  log->add(rows(2));
  log.reset();
  EXPECT_EQ(visible(files_).size(), 2U);
}

TEST_F(FeatureLogTest, ACrashLeavesWholeFilesOnly) {
  for (int64_t change = 1; change < 40; ++change) {
    for (const Loss loss : kLosses) {
      FaultyFileSystem files;
      options_.files = &files;
      auto log = open();
      files.crash_at(files.changes() + change);
      log->add(rows(50));
      log.reset();
      const bool was_whole = !files.has_crashed();
      files.restart(loss);
      const auto all = files.all_files();
      for (const std::string& path : visible(files)) {
        EXPECT_TRUE(all.at(path).starts_with("PAR1") && all.at(path).ends_with("PAR1")) << change << " " << path;
      }
      EXPECT_TRUE(!was_whole || visible(files).size() == 1);

      // The next start tidies up and goes on.
      log = open();
      log->add(rows(1));
      log.reset();
      for (const auto& [path, bytes] : files.all_files()) EXPECT_EQ(path.find("/."), std::string::npos) << path;
    }
  }
}

TEST_F(FeatureLogTest, WhatCannotBeWrittenIsCountedAndTold) {
  options_.rows_max = 2;
  auto log = open();
  files_.fail_at(files_.changes() + 1);
  log->add(rows(2));
  while (log->counts().dropped + log->counts().rows < 2) std::this_thread::yield();
  EXPECT_EQ(log->counts().dropped, 2);
  EXPECT_FALSE(log->counts().problem.empty());
  log->add(rows(2));
  while (log->counts().rows < 2) std::this_thread::yield();
  EXPECT_EQ(log->counts().problem, "");
}

TEST_F(FeatureLogTest, NobodyWaitsForTheDisk) {
  GatedFileSystem gated;
  options_.files = &gated;
  options_.values_max = 20;  // a row is a value and a half of it
  auto log = open();
  log->add(rows(10));
  gated.wait_for_writer();
  for (int i = 0; i < 100; ++i) log->add(rows(1));
  EXPECT_EQ(log->counts().waiting, 20);
  EXPECT_EQ(log->counts().dropped, 80);
  gated.open_gate();
  log.reset();
  EXPECT_EQ(visible(gated).size(), 2U);
}

TEST_F(FeatureLogTest, OldDaysAndTooManyBytesGo) {
  const auto write_at = [&](int64_t day) {
    clock_.now = (19783 + day) * kDay;
    auto log = open();
    log->add(rows(1));
  };
  write_at(0);
  const auto bytes = static_cast<int64_t>(files_.all_files().begin()->second.size());
  write_at(1);
  write_at(5);
  EXPECT_EQ(visible(files_).size(), 3U);
  options_.keep = Duration{4 * kDay};
  write_at(5);
  ASSERT_EQ(visible(files_).size(), 3U);
  EXPECT_NE(visible(files_)[0].find("2024-03-02"), std::string::npos);
  options_.keep.reset();
  options_.bytes_max = 2 * bytes + bytes / 2;
  write_at(6);
  ASSERT_EQ(visible(files_).size(), 2U);
  EXPECT_NE(visible(files_)[0].find("2024-03-06"), std::string::npos);
}

TEST_F(FeatureLogTest, TheSampleIsOfQuestions) {
  options_.sample = 0.1;
  const auto log = open();
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<Value> key = {Value{"p" + std::to_string(i % 7)}};
    const bool is_taken = log->takes("pump", key, {i});
    EXPECT_EQ(is_taken, log->takes("pump", key, {i}));
    taken += is_taken ? 1 : 0;
  }
  EXPECT_NEAR(taken, 2000, 150);
}

}  // namespace
}  // namespace headrace
