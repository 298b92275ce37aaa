#pragma once

/// What sources of text files (CSV, NDJSON) share: a unit is a file, rows become batches of typed columns, rows that
/// cannot be used leave.

#include "io/files/file_source.h"
#include "io/paths/requested_columns.h"
#include "io/text/text_values.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

inline constexpr int64_t kTextBatchRows = 65'536;
inline constexpr int64_t kTextBatchBytes = int64_t{32} << 20;
/// How many rows decide the type of a key that is not declared.
inline constexpr int64_t kKeyInferenceRows = 10'000;

/// One column of a text file as it is wanted.
struct TextBinding {
  RequestedColumn wanted;
  bool is_inferred = false;  // its type was taken from the first rows
  bool is_partition = false;
  Value partition;  // null too where the file has no such column
};

/// Collects the rows of one file and hands batches on.
///
/// For each row: begin_row(), then for each column that is not a partition set(), set_null() or set_bad(), or drop(),
/// then end_row(). Not thread-safe.
class RowBatcher {
 public:
  RowBatcher(const InputFile& file, const std::vector<TextBinding>& bindings, const TextForm& form,
             const Source::Consume& consume, UnitFindings& findings);

  /// `record` is the row's text, which stays where it is until end_row().
  void begin_row(int64_t row, int64_t line, std::string_view record);
  void set(size_t column, std::string_view text);
  void set_null(size_t column);
  /// The cell cannot be read: it is null, or where the row hangs on it, the row is left out.
  void set_bad(size_t column, std::string problem, std::string_view value);
  /// The row is left out; only the first problem counts.
  void drop(const std::string& column, std::string problem, std::string_view value);
  /// `bytes` is the row's length in the file; a full batch is handed on.
  Status end_row(int64_t bytes);
  /// Hands the rest on. To be called after the last row.
  Status finish();

 private:
  void report(const std::string& column, std::string problem, std::string_view value, bool is_cell);
  Status flush();

  const InputFile& file_;
  const std::vector<TextBinding>& bindings_;
  const std::vector<std::string>& nulls_;
  const Source::Consume& consume_;
  UnitFindings& findings_;
  std::vector<TextColumn> columns_;
  std::vector<uint8_t> keep_;
  std::vector<uint8_t> is_set_;   // the columns of the current row
  std::vector<BadRow> problems_;  // of the current row
  bool has_bad_rows_ = false;
  bool is_dropped_ = false;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  int64_t row_ = 0;
  int64_t line_ = 0;
  std::string_view record_;
};

}  // namespace headrace
