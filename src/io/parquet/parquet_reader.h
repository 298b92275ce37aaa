#pragma once

/// For code inside io only: opens one Parquet file for reading, with what every reading of a source needs: small buffers,
/// batches of kParquetBatchRows, checked pages.

#include "base/result.h"
#include "io/parquet/parquet_source.h"
#include "io/paths/location.h"

#include <memory>

namespace parquet {
class FileMetaData;
namespace arrow {
class FileReader;
}
}  // namespace parquet

namespace headrace {

/// `metadata` is the footer where it was read before; null: it is read. Throws what Parquet's reader throws.
Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet_reader(
    const InputFile& file, std::shared_ptr<parquet::FileMetaData> metadata);

}  // namespace headrace
