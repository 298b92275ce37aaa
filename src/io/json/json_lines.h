#pragma once

/// Steps over the lines of an NDJSON file and reads each as a JSON object, in bounded memory.
///
/// Numbers keep their text, so that each reader of a value decides what it is. A key that comes twice in an object counts
/// the last time. Empty lines are passed over.

#include "io/files/byte_stream.h"

#include <functional>
#include <memory>
#include <string_view>

namespace headrace {

enum class JsonKind { kNull, kBool, kNumber, kString, kNested };

struct JsonField {
  std::string_view key;
  JsonKind kind = JsonKind::kNull;
  std::string_view text;  // of a string without quotes and escapes, of the rest as written
};

/// Not thread-safe.
class JsonLines {
 public:
  using Visit = std::function<void(const JsonField&)>;

  static Result<JsonLines> open(const InputFile& file);
  JsonLines(JsonLines&&) noexcept;
  ~JsonLines();

  /// Steps to the next line that is not empty; false after the last.
  Result<bool> next();

  /// Visits the fields of the current line in their order. Returns why it is no object ("is not valid JSON"), or null;
  /// then some fields may have been visited before.
  const char* visit_fields(const Visit& visit);

  std::string_view text() const { return line_text_; }
  int64_t row() const { return row_; }    // from 1
  int64_t line() const { return line_; }  // from 1

 private:
  struct Parser;
  JsonLines(TextWindow window, std::unique_ptr<Parser> parser);

  TextWindow window_;
  std::unique_ptr<Parser> parser_;
  std::string_view line_text_;
  size_t pending_ = 0;  // bytes of the current line, still in the window
  int64_t row_ = 0;
  int64_t line_ = 0;
};

}  // namespace headrace
