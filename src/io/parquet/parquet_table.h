#pragma once

/// For code inside io only: reads a Parquet file, or its head, into an Arrow table.

#include "base/result.h"
#include "io/paths/location.h"

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace headrace {

struct ParquetTableContent {
  std::shared_ptr<arrow::Table> table;
  bool is_whole = true;  // no row was left out
};

/// `rows_max`: only the first so many rows are wanted; row groups behind them are not read.
Result<ParquetTableContent> read_parquet_table(const InputFile& file, std::optional<int64_t> rows_max);

}  // namespace headrace
