#pragma once

/// A Parquet file without the rows of one key, for files that are ours.

#include "base/result.h"
#include "data/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct RemovedRows {
  int64_t rows = 0;   // that were removed
  std::string bytes;  // of the file without them; empty where none is left
};

/// Nothing where no row has these values in these columns.
Result<std::optional<RemovedRows>> remove_parquet_rows(const std::string& path, const std::vector<std::string>& columns,
                                                       const std::vector<Value>& key);

}  // namespace headrace
