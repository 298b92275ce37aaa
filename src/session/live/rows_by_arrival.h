#pragma once

/// Rows of a source's files in their order of arrival: by the `arrival` column, or by event time where there is none.
///
/// A unit whose statistics say that it begins later is read when its time has come, so a log in order of time is held a few
/// units at a time. What says nothing of its times, and every source with an `arrival` column, is read whole first.
///
/// Not thread-safe.

#include "engine/source.h"

#include <functional>
#include <memory>
#include <queue>
#include <vector>

namespace headrace {

class RowsByArrival {
 public:
  /// The source lives longer.
  RowsByArrival(Source& source, const SourceRequest& request);

  /// When the next row is due: the newest event time of the rows up to it; kTimeMax after the last row.
  Result<int64_t> next_due();
  /// Rows that are due up to `until`, at most `rows_max`: at least one. REQUIRES: next_due() <= until, and is not kTimeMax.
  Result<Batch> take(int64_t until, size_t rows_max);

  /// The newest event time of the rows that were given out; kTimeMin before the first.
  int64_t newest() const { return newest_; }

 private:
  /// A batch that was read, with its rows in order.
  struct Held {
    Batch batch;
    size_t unit = 0;
    std::vector<uint32_t> order;
    std::vector<int64_t> keys;  // by place in `order`
    size_t next = 0;
  };
  /// The next row of a held batch; the least comes first.
  struct Head {
    int64_t key;
    int64_t tie;
    size_t unit;  // units are in order of arrival, and so are the batches of one
    size_t held;
    friend auto operator<=>(const Head&, const Head&) = default;
  };
  struct Row {
    const Batch* batch;
    uint32_t row;
  };

  Status load_due_units();
  void hold(Batch batch, size_t unit);
  int64_t tie_of(const Batch& batch, uint32_t row) const;
  Head head_of(size_t held) const;
  int64_t event_time(const Row& row) const { return row.batch->columns[request_.time_column()].int64s()[row.row]; }
  Row next_row() const;
  void step();

  Source& source_;
  const SourceRequest request_;
  std::vector<size_t> units_;  // not read yet, the one that begins last first
  std::vector<std::unique_ptr<Held>> held_;
  std::vector<std::unique_ptr<Held>> finished_;  // their rows were taken since the last take()
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
  int64_t newest_ = kTimeMin;
};

}  // namespace headrace
