#pragma once

/// What another thread sees of a writing that is under way, and how it ends it.

#include "base/result.h"

#include <atomic>
#include <cstdint>

namespace headrace {

/// Thread-safe.
struct WriteWatch {
  std::atomic<int64_t> done{0};  // of rows or files
  std::atomic<int64_t> total{0};
  const std::atomic<bool>* is_stop_requested = nullptr;  // outlives the writing

  /// To be asked as long as what was written can be taken back.
  Status check() const {
    const bool is_stopped = is_stop_requested != nullptr && is_stop_requested->load();
    return is_stopped ? Status(Error::stopped("stopped while writing")) : Status();
  }
};

}  // namespace headrace
