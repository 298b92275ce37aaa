#pragma once

/// Splits the text of a CSV file (RFC 4180) into records of fields, as a stream in bounded memory.
///
/// The first record is the header, unless the form says that there is none. Quoted fields may hold delimiters, line ends and doubled quotes; lines end in LF or
/// CRLF; empty lines are passed over; a byte order mark is too. A quote that is not closed ends its record at the line's
/// end.

#include "io/files/byte_stream.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct CsvField {
  std::string_view text;
  bool is_quoted = false;

  /// An empty field is null; a quoted empty one is the empty string.
  bool is_null() const { return text.empty() && !is_quoted; }
};

/// Not thread-safe.
class CsvReader {
 public:
  static Result<CsvReader> open(const InputFile& file, const TextForm& form = {});
  /// The same; nothing for a file that should have a header and is empty, which has no rows either.
  static Result<std::optional<CsvReader>> open_if_any(const InputFile& file, const TextForm& form);

  /// The names of the columns, also where the file does not say them.
  const std::vector<std::string>& header() const { return header_; }
  /// The place of a column in the header; nothing when it is not there; an error when it is there twice.
  Result<std::optional<size_t>> find_column(const std::string& name) const;

  /// Steps to the next record; false after the last.
  Result<bool> next();

  /// Of the current record, valid until the next step.
  const std::vector<CsvField>& fields() const { return fields_; }
  /// Why the record is none ("has 3 fields, the header has 5"); empty when it is well.
  const std::string& problem() const { return problem_; }
  /// The record as it stands in the file, without its line end.
  std::string_view record() const { return record_; }
  int64_t row() const { return row_; }    // from 1, without the header
  int64_t line() const { return line_; }  // from 1, where the record begins
  int64_t bytes_read() const { return bytes_read_; }
  int64_t file_position() const { return window_.file_position(); }

 private:
  enum class Outcome { kRecord, kNeedsMore };

  CsvReader(TextWindow window, std::string shown, char delimiter, char quote)
      : window_(std::move(window)), shown_(std::move(shown)), delimiter_(delimiter), quote_(quote) {}
  /// False for an empty file.
  Result<bool> read_header();
  Status name_columns(const std::vector<std::string>& names);
  Result<bool> next_record();
  Outcome split_record(std::string_view text);
  void end_at_first_line(std::string_view text);
  const char* take_quoted(const char* position, const char* end);

  TextWindow window_;
  std::string shown_;
  char delimiter_;
  char quote_;  // 0: none
  std::vector<std::string> header_;
  bool has_first_record_ = false;  // read already, to count its fields
  std::vector<CsvField> fields_;
  std::string unescaped_;  // holds fields with doubled quotes; reserved so that views stay
  std::string problem_;
  std::string_view record_;
  size_t record_bytes_ = 0;
  int64_t record_lines_ = 0;
  int64_t row_ = -1;
  int64_t line_ = 1;
  int64_t next_line_ = 1;
  int64_t bytes_read_ = 0;
};

}  // namespace headrace
