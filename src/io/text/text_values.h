#pragma once

/// Reads values from text (CSV fields, JSON numbers, partition names), strictly: what is not plainly a value is none.
///
/// ASCII blanks around numbers, booleans and timestamps do not matter; around strings they are part of the string.

#include "data/column.h"
#include "data/time_format.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string_view>
#include <vector>

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

/// Fills one column of a text file.
class TextColumn {
 public:
  /// `unit` is set where a timestamp is an epoch. `form` says how numbers and times are written.
  TextColumn(ScalarType type, std::optional<TimeUnit> unit, const TextForm& form = {});

  ScalarType type() const { return type_; }
  int64_t length() const { return builder_.length(); }

  /// Appends a value. If the text is none, says why ("is not an integer") and appends nothing. For doubles, nan and
  /// infinities become null (language, section 1). Times between two microseconds are rounded up.
  const char* append(std::string_view text);
  void append_null() { builder_.append_null(); }
  /// How many times were rounded.
  int64_t rounded_times() const { return rounded_times_; }

  /// Gives what was appended and starts again.
  Column take();
  /// To be called before take(): FineTime::tie_order() of each time; nothing when all are 0.
  std::optional<Column> take_tie_orders();

 private:
  const char* append_number(std::string_view text);
  const char* append_timestamp(std::string_view text);
  const char* append_time(const std::optional<FineTime>& time, const char* problem);

  ScalarType type_;
  std::optional<TimeUnit> unit_;
  char decimal_;
  std::optional<TimeFormat> time_format_;
  ColumnBuilder builder_;
  std::vector<int64_t> tie_orders_;  // empty: all 0 so far
  int64_t rounded_times_ = 0;
};

}  // namespace headrace
