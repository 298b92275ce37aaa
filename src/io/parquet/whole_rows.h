#pragma once

/// For code inside io only: rows of a row group with all their columns, as JSON, for the few that are set aside.

#include "base/result.h"

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string>

namespace parquet::arrow {
class FileReader;
}

namespace headrace {

/// Reads the row group once more, and only when a row is asked for. Not thread-safe. Throws what libparquet throws.
class WholeRows {
 public:
  using OpenReader = std::function<Result<std::unique_ptr<parquet::arrow::FileReader>>()>;

  /// `context` is for messages.
  WholeRows(OpenReader open_reader, int group, std::string context);
  ~WholeRows();

  /// The row, counted from 0 in the group. REQUIRES: rows are asked for in ascending order.
  Result<std::string> record(int64_t row);

 private:
  OpenReader open_reader_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  int group_;
  std::string context_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t first_row_ = 0;  // of the batch
};

}  // namespace headrace
