#pragma once

/// The rows of one source that belong to a step, in order of (time, arrival): a slice of a block where one is enough,
/// else gathered from several. Of the rows that are one event, the one that counts.

#include "engine/rows/time_slice.h"
#include "plan/plan.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace headrace {

struct RowView {
  size_t rows = 0;
  const int64_t* times = nullptr;
  const uint32_t* ids = nullptr;
  const uint32_t* origins = nullptr;
  std::vector<const Slot*> values;    // for each row column
  std::vector<const uint8_t*> valid;  // for each row column; null: every row has a value
  BlockPtr owner;
};

/// Rows that no view has.
struct UncountedRows {
  int64_t superseded = 0;  // another row of the same event stands for them
  int64_t deleted = 0;     // events that were taken back
};

/// All rows of one time are in one step, so which of them count is settled for good. `identity`: null where every row is
/// an event of its own.
/// REQUIRES: there is a slice.
RowView view_of(std::vector<BlockSlice> slices, const EventIdentity* identity, UncountedRows& uncounted);

}  // namespace headrace
