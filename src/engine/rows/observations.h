#pragma once

/// Places at which values are asked for, as the user gives them and as the engine takes them.

#include "data/text_pool.h"
#include "engine/rows/key_table.h"
#include "engine/rows/row_block.h"

#include <vector>

namespace headrace {

/// The rows to which features are attached.
struct Observations {
  std::vector<Column> keys;  // int64, string, bool or timestamp
  Column times;              // timestamp; a null key or time gives null features
};

/// The observations that have a key and a time, in order of time; `origins` are their rows in the user's table.
/// `source` is what the block names as its source. Counts the others in `incomplete`.
/// REQUIRES: the key table has agreed on the types of the keys.
RowBlock observation_block(const Observations& observations, size_t source, KeyTable& keys, TextPool& texts,
                           int64_t& incomplete);

}  // namespace headrace
