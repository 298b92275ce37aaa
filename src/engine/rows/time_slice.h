#pragma once

/// Rows between two times, as they are cut off for a step: slices of shared blocks.

#include "data/time.h"
#include "engine/rows/row_block.h"

#include <memory>
#include <vector>

namespace headrace {

using BlockPtr = std::shared_ptr<const RowBlock>;  // shared: slices of a block live as long as the steps that use them

/// Rows [begin, end) of a block.
struct BlockSlice {
  BlockPtr block;
  size_t begin = 0;
  size_t end = 0;
};

/// All rows with start <= time < end that were not cut before.
struct TimeSlice {
  int64_t start = kTimeMin;
  int64_t end = kTimeMax;
  std::vector<BlockSlice> slices;
  size_t rows = 0;
};

/// Divides a slice into several in order of time, of about `rows` rows each; rows of one time stay together.
std::vector<TimeSlice> parts_of(TimeSlice slice, size_t rows);

}  // namespace headrace
