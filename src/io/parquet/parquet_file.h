#pragma once

/// One Parquet file as a source reads it: what it is made of, and how the requested columns come out of it, which its
/// schema decides before a row is read. Private to io/parquet.

#include "engine/source.h"
#include "io/arrow/from_arrow.h"
#include "io/paths/location.h"
#include "io/paths/requested_columns.h"

#include <arrow/type.h>
#include <parquet/metadata.h>

#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// How one requested column comes out of one file.
struct ColumnBinding {
  int leaf = -1;          // the file's column; -1: the constant
  bool is_int96 = false;  // read from its bytes
  bool is_lacking = false;
  ArrowConversion conversion;
  Value constant;
};

/// One file. What it is made of is known before what the source makes of it: types are settled over all files.
struct ParquetFile {
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::shared_ptr<arrow::Schema> schema;  // until the columns are bound
  std::vector<int> leaf_of_field;         // of the schema's top; -1: nested
  std::vector<ColumnBinding> bindings;    // none in a file without rows, which decides nothing
  std::vector<int> leaves;                // what Arrow reads, ascending
  std::vector<std::string> lacking;

  bool has_rows() const { return metadata->num_rows() > 0; }
};

/// `type` is what the source delivers the column as; kNull for keys of which no file has a value, and for ids that are
/// taken as the file has them.
Result<ColumnBinding> bind_column(const InputFile& file, const ParquetFile& opened, const RequestedColumn& wanted,
                                  ScalarType type);

/// Statistics of the event time as microseconds: the least floored, so that a guard of observations between two
/// microseconds sees the unit, the most rounded up as the times are.
void set_time_bounds(const parquet::FileMetaData& metadata, const ColumnBinding& binding, int group, SourceUnit& unit);

}  // namespace headrace
