#pragma once

/// For code inside io only: how many rows of a row group are read at once, so that their texts take bounded memory.
///
/// A dictionary of one long text stands for millions of them in a few bytes of the file, and all are written out when the
/// rows are read.

#include "base/result.h"

#include <string>
#include <vector>

namespace parquet::arrow {
class FileReader;
}

namespace headrace {

/// At most kParquetBatchRows, at least 1. Looks at the sizes of the text columns among `leaves` and into their
/// dictionaries.
Result<int64_t> batch_rows_of(parquet::arrow::FileReader& reader, int group, const std::vector<int>& leaves,
                              const std::string& context);

}  // namespace headrace
