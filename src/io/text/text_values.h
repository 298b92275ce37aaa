#pragma once

/// Reads values from text (CSV fields, JSON numbers, partition names), strictly: what is not plainly a value is none.
///
/// ASCII blanks around numbers, booleans and timestamps do not matter; around strings they are part of the string.

#include "data/column.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Decimal digits with an optional sign, within 64 bits.
std::optional<int64_t> parse_int64(std::string_view text);
/// Plain decimal text with an optional exponent; also nan, inf and infinity with an optional sign, in any case. What is
/// too large becomes an infinity.
std::optional<double> parse_double(std::string_view text);
/// true or false, in any case (Python writes True).
std::optional<bool> parse_bool(std::string_view text);

/// True for integers in the one form that reads back to the same text: -?(0|[1-9][0-9]*), within 64 bits, not "-0".
bool is_plain_integer(std::string_view text);

/// Removes ASCII blanks at both ends.
std::string_view trim_blanks(std::string_view text);

/// Microseconds of an integer in a unit, floored; nothing outside the years 1 to 9999.
std::optional<int64_t> micros_of_epoch(int64_t value, TimeUnit unit);

/// Fills one column of a text file.
class TextColumn {
 public:
  /// `unit` is set where a timestamp is an integer epoch.
  TextColumn(ScalarType type, std::optional<TimeUnit> unit);

  ScalarType type() const { return type_; }
  int64_t length() const { return builder_.length(); }

  /// Appends a value. If the text is none, says why ("is not an integer") and appends nothing. For doubles, nan and
  /// infinities become null (language, section 1).
  const char* append(std::string_view text);
  void append_null() { builder_.append_null(); }
  int64_t nanoseconds_floored() const { return nanoseconds_floored_; }

  /// Gives what was appended and starts again.
  Column take();

 private:
  const char* append_timestamp(std::string_view text);

  ScalarType type_;
  std::optional<TimeUnit> unit_;
  ColumnBuilder builder_;
  int64_t nanoseconds_floored_ = 0;
};

}  // namespace headrace
