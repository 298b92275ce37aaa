#pragma once

/// Writes JSON text, by default as people read it: two blanks a level, an element or a member a line.
///
///   JsonWriter out;
///   out.begin_object();
///   out.key("rows");
///   out.integer(12);
///   out.end_object();
///   out.take();   // "{\n  \"rows\": 12\n}"
///
/// Equal calls give equal bytes. Numbers that are not finite are null; bytes that are no UTF-8 become U+FFFD.
/// REQUIRES of callers: a key before each member, ends that match.

#include "data/value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

enum class JsonLayout {
  kIndented,
  kIndentedAscii,  // for files that other languages read: other characters as \uXXXX
  kLine,           // no blanks, no line breaks
};

class JsonWriter {
 public:
  explicit JsonWriter(JsonLayout layout = JsonLayout::kIndented) : layout_(layout) {}
  /// In the memory of a text that nobody needs any more.
  JsonWriter(JsonLayout layout, std::string memory) : layout_(layout), out_(std::move(memory)) { out_.clear(); }

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void null() { scalar("null"); }
  void boolean(bool value) { scalar(value ? "true" : "false"); }
  void integer(int64_t value);
  void number(double value);
  void text(std::string_view value);
  void time(EventTime value);
  /// Times and durations are texts.
  void value(const Value& value);

  /// Makes room for a text of about so many bytes.
  void reserve(size_t bytes) { out_.reserve(bytes); }
  /// The text so far. REQUIRES: all that was begun has ended.
  std::string take();

 private:
  void open(char bracket);
  void close(char bracket);
  void scalar(std::string_view text);
  void begin_element();
  void break_line();

  JsonLayout layout_;
  std::string out_;
  std::vector<uint8_t> is_empty_;  // of each array and object that is open
  bool has_key_ = false;
};

}  // namespace headrace
