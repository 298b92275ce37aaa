#pragma once

/// How far a job is: written by the job, read by another thread that shows it.

#include "engine/batch/batch.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace headrace {

/// A job goes through stages ("pump: reading and computing"); each counts rows anew.
///
/// Thread-safe.
class JobProgress {
 public:
  /// Enters a stage; the rows start at 0.
  void start_stage(std::string name) {
    const std::lock_guard lock(mutex_);
    stage_ = std::move(name);
    rows_.rows_read = 0;
    rows_.rows_total = 0;
  }
  std::string stage() const {
    const std::lock_guard lock(mutex_);
    return stage_;
  }
  /// From any thread: the job ends with an error as soon as it reads on.
  void request_stop() { is_stop_requested_ = true; }
  bool is_stop_requested() const { return is_stop_requested_; }
  BatchProgress& rows() { return rows_; }
  const BatchProgress& rows() const { return rows_; }

 private:
  mutable std::mutex mutex_;
  std::string stage_ = "starting";
  BatchProgress rows_;
  std::atomic<bool> is_stop_requested_ = false;
};

}  // namespace headrace
