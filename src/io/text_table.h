#pragma once

/// For code inside io only: reads a whole CSV or NDJSON file into an Arrow table, finding the types of its columns.
///
/// A column is int64 if every value is an integer in plain form (no leading zeros, no plus sign), double if every value
/// is a number that a double holds, bool if all are true or false, else string: the text can always be given back.
/// In NDJSON, strings are strings; a column of mixed or nested values becomes a string of their JSON text.

#include "base/result.h"
#include "data/type.h"
#include "io/paths/location.h"

#include <arrow/type_fwd.h>

#include <map>
#include <memory>
#include <string>

namespace headrace {

/// `types` are fixed, not found: a value that is not of the type is an error with file, column, row.
Result<std::shared_ptr<arrow::Table>> read_csv_table(const InputFile& file, char delimiter,
                                                     const std::map<std::string, ScalarType>& types);
Result<std::shared_ptr<arrow::Table>> read_ndjson_table(const InputFile& file,
                                                        const std::map<std::string, ScalarType>& types);

}  // namespace headrace
