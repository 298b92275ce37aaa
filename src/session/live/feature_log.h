#pragma once

/// Sampled reads of a server with what they answered, as Parquet files, so that training can use the very values that were
/// served, and `headrace parity` can hold them against a batch run.
///
///   FOLDER/ENTITY/log_day=2024-03-01/20240301T120000.000000Z-RANDOM.parquet
///
/// A row for each entity of a read: its keys, `as_of` (the instant of the values), `read_at` (the clock), `position` (the
/// first push of the store that the values lack), and of each feature that was asked for `F`, `F.event_time`, `F.version`
/// and `F.digest`; where it was not asked for, `F.version` is null.
///
/// Which reads: those whose hash of entity, key and instant is below the sample, so that the same question is always in or
/// always out. A file is there whole or not at all; rows that wait for one are lost when the process is killed. A reader
/// never waits for the disk: what does not fit into the memory for waiting rows is dropped, and counted.
///
/// Thread-safe.

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "data/type.h"
#include "data/value.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace headrace {

struct FeatureLogOptions {
  std::string folder;
  double sample = 0.01;                     // above 0, at most 1
  Duration every{60 * kMicrosPerSecond};    // how long a row waits for its file at most
  int64_t rows_max = 100'000;               // of a file
  std::optional<Duration> keep;             // days that are older are removed; nothing: none is
  std::optional<int64_t> bytes_max;         // of all files; the oldest go; nothing: no limit
  const Clock* clock = &system_clock();     // for `read_at` and days
  FileSystem* files = &real_file_system();  // lives longer
  size_t values_max = 500'000;              // of a file; twice as many wait at most
};

/// The features of one read, shared by its rows.
struct LoggedFeatures {
  std::string entity;
  std::vector<std::string> keys;  // names of the entity's key columns
  std::vector<std::string> names, versions, digests;
  std::vector<Type> types;
};

/// One entity of a read.
struct LoggedRow {
  std::shared_ptr<const LoggedFeatures> features;
  std::vector<Value> key;
  EventTime as_of;
  EventTime read_at;
  std::optional<uint64_t> position;
  std::vector<Value> values;                     // of the features
  std::vector<std::optional<EventTime>> newest;  // likewise
};

struct FeatureLogCounts {
  int64_t rows = 0;     // in files
  int64_t dropped = 0;  // no room, or the file failed
  int64_t waiting = 0;
  int64_t files = 0;
  std::string problem;  // of the last file; empty: none
};

class FeatureLog {
 public:
  /// Removes what a killed process has left of files that were not whole. The folder is made.
  static Result<std::unique_ptr<FeatureLog>> open(FeatureLogOptions options);
  /// Writes the rows that wait.
  ~FeatureLog();
  FeatureLog(const FeatureLog&) = delete;
  FeatureLog& operator=(const FeatureLog&) = delete;

  /// Whether a question is in the sample.
  bool takes(const std::string& entity, const std::vector<Value>& key, EventTime as_of) const;
  /// The clock of `read_at`.
  EventTime now() const { return {options_.clock->now_us()}; }
  void add(std::vector<LoggedRow> rows);

  /// Removes the rows of an entity from all files and from those that wait. A file that is rewritten is there whole, with or
  /// without them. Returns how many there were.
  Result<int64_t> forget(const std::string& entity, const std::vector<std::string>& columns,
                         const std::vector<Value>& key);

  FeatureLogCounts counts() const;
  const std::string& folder() const { return options_.folder; }

 private:
  explicit FeatureLog(FeatureLogOptions options) : options_(std::move(options)) {}
  void work();
  void write(const std::vector<LoggedRow>& rows);
  Status write_file(const std::vector<const LoggedRow*>& rows) const;
  Status put_file(const std::string& path, const std::string& bytes) const;
  Status forget_old() const;

  const FeatureLogOptions options_;
  std::mutex files_mutex_;  // of the files; before the other
  mutable std::mutex mutex_;
  std::condition_variable has_news_;
  std::vector<LoggedRow> waiting_;
  size_t waiting_values_ = 0;
  bool is_ending_ = false;
  FeatureLogCounts counts_;
  std::thread thread_;
};

/// The share of a hash of texts in [0, 1): what samples are chosen by.
double share_of(const std::string& text);

}  // namespace headrace
