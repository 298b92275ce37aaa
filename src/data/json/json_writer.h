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

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace headrace {

enum class JsonLayout {
  kIndented,
  kIndentedAscii,  // for files that other languages read: other characters as \uXXXX
  kLine,           // no blanks, no line breaks
};

class JsonWriter {
 public:
  explicit JsonWriter(JsonLayout layout = JsonLayout::kIndented) : JsonWriter(layout, {}) {}
  /// In the memory of a text that nobody needs any more.
  JsonWriter(JsonLayout layout, std::string memory);
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  /// The same for a name of ASCII's printable characters without quotes and backslashes, such as those in our code.
  void plain_key(std::string_view name) {
    begin_element();
    put('"');
    put(name);
    put(layout_ == JsonLayout::kLine ? std::string_view("\":") : std::string_view("\": "));
    before_ = Before::kKey;
  }

  void null() { scalar("null"); }
  void boolean(bool value) { scalar(value ? "true" : "false"); }
  void integer(int64_t value);
  void number(double value);
  void text(std::string_view value);
  void time(EventTime value);
  /// Times and durations are texts.
  void value(const Value& value);

  /// Makes room for a text of about so many bytes.
  void reserve(size_t bytes) {
    if (bytes > out_.size()) grow(bytes);
  }
  /// The text so far. REQUIRES: all that was begun has ended.
  std::string take();

 private:
  /// What stands in front of the place where the next element goes.
  enum class Before { kNothing, kBracket, kKey, kElement };
  /// A text that was made of 64 bits.
  struct Made {
    uint64_t bits = 0;
    size_t size = 0;  // 0: none was
    std::array<char, 64> text;

    std::string_view view() const { return {text.data(), size}; }
  };

  void open(char bracket) {
    begin_element();
    put(bracket);
    ++depth_;
    before_ = Before::kBracket;
  }
  void close(char bracket);
  void scalar(std::string_view text) {
    begin_element();
    put(text);
    before_ = Before::kElement;
  }
  void begin_element() {
    if (before_ == Before::kElement && depth_ > 0) put(',');
    if (layout_ != JsonLayout::kLine && depth_ > 0 && before_ != Before::kKey) break_line();
  }
  void break_line();
  void put_quoted(std::string_view text);

  void put(char c) {
    if (end_ == out_.size()) grow(1);
    out_[end_++] = c;
  }
  void put(std::string_view text) {
    if (out_.size() - end_ < text.size()) grow(text.size());
    std::memcpy(out_.data() + end_, text.data(), text.size());
    end_ += text.size();
  }
  /// So that there are so many bytes behind the text.
  void grow(size_t bytes);

  const JsonLayout layout_;
  std::string out_;  // the text, then room for more of it
  size_t end_ = 0;   // of the text
  size_t depth_ = 0;
  Before before_ = Before::kNothing;
  // Values of an entity have one time and one age, between numbers of their own.
  Made time_;
  std::array<Made, 2> numbers_;  // the one that was written last in front
};

}  // namespace headrace
