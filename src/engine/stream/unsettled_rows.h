#pragma once

/// Rows that wait for a time to pass them, in any order of arrival: accepted events behind the watermark's front, events
/// that are ahead of the clock.
///
/// Time: O(log blocks) for a block that is added or touched by a cut. Space: the blocks, until their last row is cut.
///
/// Not thread-safe.

#include "engine/rows/time_slice.h"

#include <queue>
#include <vector>

namespace headrace {

class UnsettledRows {
 public:
  /// REQUIRES: no row is before the last cut.
  void add(BlockSlice slice);

  /// Takes out all rows before `end`.
  TimeSlice cut(int64_t end);

  /// A time before which about so many of the oldest rows are: no more, but for rows of one time. kTimeMax where all are as
  /// few. Time: O(rows) for each block that has some of them.
  int64_t time_behind(size_t rows);

  /// The end of the last cut.
  int64_t start() const { return start_; }
  size_t rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  /// Of the oldest row. REQUIRES: !empty().
  int64_t time_min() const { return pending_.top().time(); }
  int64_t time_max() const { return time_max_; }
  /// Calls each(slice) for all rows, in no order.
  template <typename Each>
  void for_each(Each&& each) const {
    for (const Pending& pending : pending_.all()) each(pending.slice);
  }

 private:
  struct Pending {
    BlockSlice slice;

    int64_t time() const { return slice.block->times[slice.begin]; }
    friend bool operator<(const Pending& a, const Pending& b) { return a.time() > b.time(); }
  };

  /// The oldest row first.
  struct Queue : std::priority_queue<Pending> {
    const std::vector<Pending>& all() const { return c; }
  };

  Queue pending_;
  size_t rows_ = 0;
  int64_t start_ = kTimeMin;
  int64_t time_max_ = kTimeMin;  // of all rows that were ever added
};

}  // namespace headrace
