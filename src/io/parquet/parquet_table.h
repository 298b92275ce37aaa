#pragma once

/// For code inside io only: reads a whole Parquet file into an Arrow table.

#include "base/result.h"
#include "io/paths/location.h"

#include <arrow/type_fwd.h>

#include <memory>

namespace headrace {

Result<std::shared_ptr<arrow::Table>> read_parquet_table(const InputFile& file);

}  // namespace headrace
