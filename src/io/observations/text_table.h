#pragma once

/// For code inside io only: reads a whole CSV or NDJSON file into an Arrow table, finding the types of its columns, and
/// keeps the texts of its cells, so that another text file can have them as they were.
///
/// A column is int64 if every value is an integer in plain form (no leading zeros, no plus sign), double if every value
/// is a number that a double holds, bool if all are true or false, else string: the text can always be given back.
/// What the form calls no value, or writes with its decimal mark, is understood so.
/// In NDJSON, strings are strings; a column of mixed or nested values becomes a string of their JSON text.

#include "base/result.h"
#include "data/column.h"
#include "data/type.h"
#include "io/paths/location.h"
#include "language/definitions/source_parts.h"

#include <arrow/type_fwd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// What a cell of a text file is.
enum class CellForm : uint8_t {
  kText,    // of CSV, or a JSON string
  kNumber,  // of JSON, as are the following
  kBool,
  kNested,
};

/// The cells of one column as the file has them; null where it has none. Words for no value are among the texts.
struct CellTexts {
  /// Whether the text is a word for no value.
  bool is_null_word(std::string_view text) const;

  std::vector<Column> chunks;                // of strings
  std::vector<std::vector<CellForm>> forms;  // of NDJSON, parallel to the chunks; of CSV empty
  ScalarType type = ScalarType::kString;     // that all of them could have
  std::shared_ptr<const TextForm> form;      // how the file writes numbers, times and what is none
};

/// How a file is written, and what of it is wanted.
struct TextTableOptions {
  TextForm form = {};
  std::optional<int64_t> rows_max;          // only the first so many rows
  std::map<std::string, ScalarType> types;  // fixed, not found: a value of another type is an error with its place
};

struct TextTableContent {
  std::shared_ptr<arrow::Table> table;
  std::vector<CellTexts> cells;  // by column
  bool is_whole = true;          // no row was left out
};

Result<TextTableContent> read_csv_table(const InputFile& file, const TextTableOptions& options);
/// An object that has a field twice is an error.
Result<TextTableContent> read_ndjson_table(const InputFile& file, const TextTableOptions& options);

}  // namespace headrace
