#pragma once

/// For code inside io only: turns Arrow arrays of any type that can be widened without loss into canonical columns.
///
/// What is to be done is decided once for a file's column by its type; a type that does not fit is an error then. While
/// converting, a value that would lose (2^53 + 1 as a double) is an error that names file, column and row; a value that
/// cannot be read (text that is no timestamp, bytes that are no UTF-8, 1.5 as an int64) becomes null and is reported as a
/// bad cell.
///
/// Equal layouts are taken over without copying.

#include "base/result.h"
#include "data/column.h"
#include "language/definitions/source_parts.h"

#include <arrow/type_fwd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Names a column in messages.
struct ColumnPlace {
  std::string file;
  std::string column;
};

/// What becomes of times between two microseconds: events are seen no earlier than they happened, observations see
/// nothing that happened later.
enum class TimeRounding { kUp, kDown };

/// What the reader wants a column as. `type` kNull is for keys: int64, string, bool or timestamp by the file's type.
struct WantedColumn {
  ScalarType type = ScalarType::kNull;
  std::optional<TimeUnit> unit;  // for a timestamp: numbers are an epoch in this unit
  TimeRounding rounding = TimeRounding::kDown;
};

enum class ConversionMethod {
  kNulls,         // all null
  kShare,         // same layout
  kIntegers,      // any integer to int64
  kDoubles,       // any number to double
  kWholeDoubles,  // floating to int64 where they are whole
  kDecimals,      // to int64, double or string, value by value
  kUuids,         // 16 bytes to text
  kStrings,       // other layouts of text
  kTimes,         // times and integers to microseconds by a factor
  kParsedTimes,   // RFC 3339 text to microseconds
  kDoubleTimes,   // an epoch with a fraction to microseconds
  kDictionary,    // by the conversion of its values
};

/// The type of the language that a key of an Arrow type is delivered as; nothing for types that no key has. Doubles are
/// integers: pandas makes them so where one is missing.
std::optional<ScalarType> key_type_of(const arrow::DataType& found);

/// One decided conversion. `type` is what comes out.
struct ArrowConversion {
  ConversionMethod method = ConversionMethod::kShare;
  ScalarType type = ScalarType::kNull;
  int64_t multiply = 1;  // kTimes: microseconds = value * multiply, or value / divide, rounded
  int64_t divide = 1;
  TimeRounding rounding = TimeRounding::kDown;
  TimeUnit unit = TimeUnit::kSeconds;             // kDoubleTimes
  std::shared_ptr<const ArrowConversion> values;  // kDictionary
};

/// An error is about the declaration: it names file, column, the declared and the found type, and the remedy.
Result<ArrowConversion> decide_conversion(const arrow::DataType& found, const WantedColumn& wanted,
                                          const ColumnPlace& place);

/// A value that cannot be read; `row` counts from 0 in the array.
struct BadCell {
  int64_t row = 0;
  std::string problem;
  std::string value;
};

struct ConvertedColumn {
  Column column;
  std::vector<BadCell> bad_cells;  // null in the column
  int64_t rounded_times = 0;
  /// Of times that are rounded up, FineTime::tie_order() of each row; of those that are rounded down the nanoseconds past
  /// it. Empty when all are 0.
  std::vector<int64_t> tie_orders;
};

/// `first_row` is the number of the array's first row in its file, counted from 0.
Result<ConvertedColumn> convert_array(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array,
                                      const ColumnPlace& place, int64_t first_row);

/// Views an array whose type is canonical already (bool, int64, double, utf8 or binary, timestamp[us]).
Column share_array(const std::shared_ptr<arrow::Array>& array, ScalarType type);

}  // namespace headrace
