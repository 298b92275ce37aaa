#pragma once

/// Reads one JSON object (RFC 8259, strictly but for the numbers NaN, Infinity and -Infinity) field by field, giving out
/// texts instead of values.
///
/// Written by hand because libparquet exports another version of the usual library, under the same names.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace headrace {

enum class JsonKind { kNull, kBool, kNumber, kString, kNested };

struct JsonField {
  std::string_view key;
  JsonKind kind = JsonKind::kNull;
  std::string_view text;  // of a string without quotes and escapes, of the rest as written
};

/// Not thread-safe. What it gives out is valid until the next scan, as long as the scanned text is.
class JsonScanner {
 public:
  using Visit = std::function<void(const JsonField&)>;
  static constexpr int kDepthMax = 200;

  /// Visits the fields of an object in their order. Returns why the text is no object ("is not valid JSON"), or null;
  /// then some fields may have been visited before.
  const char* scan(std::string_view text, const Visit& visit);

 private:
  bool take(char expected) {
    if (position_ == end_ || *position_ != expected) return false;
    ++position_;
    return true;
  }
  bool take_word(std::string_view word);
  bool take_string(std::string_view* text);
  bool take_escape();
  bool take_hex(uint32_t* unit);
  bool take_number();
  bool take_value(JsonField* field);
  bool skip_nested(int depth);
  void skip_blanks() {
    while (position_ != end_ && (*position_ == ' ' || *position_ == '\t' || *position_ == '\r' || *position_ == '\n')) {
      ++position_;
    }
  }

  const char* position_ = nullptr;
  const char* end_ = nullptr;
  std::string unescaped_;
};

}  // namespace headrace
