#pragma once

/// Steps over the lines of an NDJSON file and reads each as a JSON object, in bounded memory.
///
/// Numbers keep their text, so that each reader of a value decides what it is. Empty lines are passed over.

#include "io/files/byte_stream.h"
#include "io/json/json_scanner.h"

#include <string>
#include <string_view>

namespace headrace {

/// Of a file that is an array of objects.
Error json_array_error(const std::string& shown);

/// Not thread-safe.
class JsonLines {
 public:
  using Visit = JsonScanner::Visit;

  static Result<JsonLines> open(const InputFile& file);

  /// Steps to the next line that is not empty; false after the last.
  Result<bool> next();

  /// Visits the fields of the current line in their order. Returns why it is no object ("is not valid JSON"), or null;
  /// then some fields may have been visited before.
  const char* visit_fields(const Visit& visit) { return scanner_.scan(line_text_, visit); }

  std::string_view text() const { return line_text_; }
  int64_t row() const { return row_; }    // from 1
  int64_t line() const { return line_; }  // from 1
  int64_t file_position() const { return window_.file_position(); }

 private:
  explicit JsonLines(TextWindow window) : window_(std::move(window)) {}

  TextWindow window_;
  JsonScanner scanner_;
  std::string_view line_text_;
  size_t pending_ = 0;  // bytes of the current line, still in the window
  int64_t row_ = 0;
  int64_t line_ = 0;
};

}  // namespace headrace
