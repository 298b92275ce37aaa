#pragma once

/// How far a job is: written by the job, read by another thread that shows it.

#include "engine/batch/batch.h"
#include "io/write/write_watch.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace headrace {

/// What a job does now.
struct JobStage {
  enum class Kind { kOther, kReading, kWriting };

  Kind kind = Kind::kOther;
  std::string text = "starting";  // "pump: reading"
  std::string noun;               // of what is counted: "events"
};

/// A job goes through stages; each counts anew.
///
/// Thread-safe.
class JobProgress {
 public:
  JobProgress() { writing_.is_stop_requested = &is_stop_requested_; }

  /// Without a count.
  void start_stage(std::string text) { start({JobStage::Kind::kOther, std::move(text), ""}); }
  /// Events of a table's sources, which the engine counts in rows().
  void start_reading(const std::string& table) { start({JobStage::Kind::kReading, table + ": reading", "events"}); }
  /// So many of `noun`, which are counted in writing().
  void start_writing(const std::string& what, std::string noun, int64_t total) {
    start({JobStage::Kind::kWriting, what + ": writing", std::move(noun)});
    writing_.total = total;
  }
  /// The same for files that were begun, and counted, while the rows were read.
  void go_on_writing(const std::string& what, std::string noun, int64_t total) {
    const std::lock_guard lock(mutex_);
    stage_ = {JobStage::Kind::kWriting, what + ": writing", std::move(noun)};
    writing_.total = total;
  }
  JobStage stage() const {
    const std::lock_guard lock(mutex_);
    return stage_;
  }

  /// From any thread: the job ends with an error as soon as it reads or writes on.
  void request_stop() { is_stop_requested_ = true; }
  bool is_stop_requested() const { return is_stop_requested_; }

  BatchProgress& rows() { return rows_; }
  const BatchProgress& rows() const { return rows_; }
  WriteWatch& writing() { return writing_; }
  const WriteWatch& writing() const { return writing_; }

 private:
  void start(JobStage stage) {
    const std::lock_guard lock(mutex_);
    stage_ = std::move(stage);
    rows_.rows_read = 0;
    rows_.bytes_read = 0;
    rows_.bytes_total = 0;
    rows_.shares_done = 0;
    rows_.shares = 1;
    writing_.done = 0;
    writing_.total = 0;
  }

  mutable std::mutex mutex_;
  JobStage stage_;
  BatchProgress rows_;
  WriteWatch writing_;
  std::atomic<bool> is_stop_requested_ = false;
};

}  // namespace headrace
