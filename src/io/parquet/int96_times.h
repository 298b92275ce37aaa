#pragma once

/// Reads INT96 columns, the times of Hive, Impala and Spark, from their twelve bytes.
///
/// The bytes are nanoseconds of a day and its Julian number. Arrow makes 64 bits of nanoseconds of them, which wrap
/// outside 1677 to 2262; here all times of the years 1 to 9999 are what they are.

#include "io/arrow/from_arrow.h"

#include <memory>

namespace parquet {
class ColumnReader;
}

namespace headrace {

/// One column of one row group. Not thread-safe.
class Int96Times {
 public:
  /// REQUIRES: the column is a field of the schema's top and its physical type is INT96.
  explicit Int96Times(std::shared_ptr<parquet::ColumnReader> reader);

  /// The next rows as timestamps, floored to microseconds.
  Result<ConvertedColumn> read(int64_t rows, const ColumnPlace& place);

 private:
  std::shared_ptr<parquet::ColumnReader> reader_;
};

}  // namespace headrace
