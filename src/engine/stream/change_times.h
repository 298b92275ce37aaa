#pragma once

/// When the values of each key change: at its events, and where the edge of a window passes one of them.
///
///   ChangeTimes times({window_of_an_hour});
///   times.add(key, ten_o_clock);
///   times.last(key, now);    // 10:00, and from 11:00 on 11:00
///   times.next(key, now);    // 11:00, and from then on kTimeMax
///
/// All events count, also those that no filter lets pass and those without a value: a generated Beam stream looks at a key at
/// the same instants, so that both give a row the same time.
///
/// Time: O(windows · log events) a question. Space: 8 bytes for each event that has not left all windows.
///
/// Not thread-safe.

#include "compute/windows/window.h"

#include <cstdint>
#include <vector>

namespace headrace {

class ChangeTimes {
 public:
  explicit ChangeTimes(std::vector<WindowSpec> windows) : windows_(std::move(windows)) {}

  /// An event. The same time again changes nothing.
  void add(uint32_t key, int64_t time);
  /// The newest change at `at` or before; kTimeMin for none.
  int64_t last(uint32_t key, int64_t at) const;
  /// The first change after a time; kTimeMax for none.
  int64_t next(uint32_t key, int64_t after) const;
  /// The same of each window alone, in their order.
  std::vector<int64_t> next_of_windows(uint32_t key, int64_t after) const;
  /// Lets go of what no answer at `at` or later needs.
  void forget(uint32_t key, int64_t at);

  /// The key has no events.
  void forget_key(uint32_t key);

  /// Keys are below this.
  size_t keys() const { return times_.size(); }
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  int64_t next_event(uint32_t key, int64_t after) const;

  const std::vector<WindowSpec> windows_;
  std::vector<std::vector<int64_t>> times_;  // by key: of its events, rising
  int64_t memory_bytes_ = 0;
};

}  // namespace headrace
