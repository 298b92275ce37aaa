#pragma once

/// Rows of one source as the engine keeps them: time, key number and computed columns, in order of (time, arrival).

#include "compute/aggregates/aggregate.h"
#include "engine/rows/event_id.h"
#include "engine/rows/key_table.h"
#include "engine/rows/memory.h"

#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

/// A computed column. `valid` is empty when every row has a value.
struct RowColumn {
  std::vector<Slot> values;
  std::vector<uint8_t> valid;

  bool is_valid(size_t row) const { return valid.empty() || valid[row] != 0; }
};

/// Invariant: times do not fall; rows of equal time are in order of arrival.
struct RowBlock {
  size_t source = 0;   // index into Layout::sources; sources.size() for observations
  uint64_t order = 0;  // blocks of one source in order of arrival
  std::vector<int64_t> times;
  std::vector<uint32_t> ids;
  std::vector<int64_t> arrivals;    // values of the arrival column; empty: position decides
  std::vector<int16_t> tie_orders;  // of times that were rounded up, after `arrivals`; empty: all 0
  std::vector<EventId> event_ids;   // of sources with an `id`; else empty
  std::vector<uint8_t> is_deleted;  // of sources with `deleted`; else empty
  std::vector<uint32_t> origins;    // observations: the row in the user's table
  std::vector<RowColumn> columns;
  MemoryReservation reservation;

  size_t rows() const { return times.size(); }
  int64_t bytes() const {
    int64_t bytes = static_cast<int64_t>(times.capacity() * 8 + ids.capacity() * 4 + arrivals.capacity() * 8 +
                                         tie_orders.capacity() * 2 + event_ids.capacity() * sizeof(EventId) +
                                         is_deleted.capacity() + origins.capacity() * 4);
    for (const RowColumn& column : columns)
      bytes += static_cast<int64_t>(column.values.capacity() * 8 + column.valid.capacity());
    return bytes;
  }
};

/// Returns the rows of a block in the order of `permutation`.
RowBlock permuted(const RowBlock& block, const std::vector<uint32_t>& permutation);

/// Keeps the rows whose byte is not 0. REQUIRES: a byte for each row.
void keep_rows(RowBlock& block, std::span<const uint8_t> is_kept);

/// Keeps the rows whose key belongs to the share, numbered inside it.
void keep_share(RowBlock& block, const KeyShare& share);

/// The tie order of a row: FineTime::tie_order() of its event.
inline int16_t tie_order_of(const RowBlock& block, size_t row) {
  return block.tie_orders.empty() ? int16_t{0} : block.tie_orders[row];
}

/// The stable order of times: positions from the least time to the greatest.
std::vector<uint32_t> order_of_times(std::span<const int64_t> times);

/// Brings a block into order of (time, arrival column, tie order, position). Does nothing when it is in order.
void sort_block(RowBlock& block);

}  // namespace headrace
