#include "io/arrow/array_numbers.h"
#include "io/arrow/convert_steps.h"
#include "io/text/epoch_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

/// Whether all values, also those under nulls, are timestamps of the language.
bool are_valid_timestamps(const int64_t* values, int64_t rows) {
  bool is_past = false;
  for (int64_t i = 0; i < rows; ++i) is_past |= !is_valid_timestamp(values[i]);
  return !is_past;
}

/// Puts an instant into a column, or reports that the text or number is none.
void put_time(const std::optional<FineTime>& time, TimeRounding rounding, int64_t row, const std::string& shown,
              const char* problem, WordColumn& words, ConvertedColumn& converted) {
  const bool is_up = rounding == TimeRounding::kUp;
  if (!time || (is_up && !is_valid_timestamp(time->rounded_up().us))) {
    converted.bad_cells.push_back({row, problem, shown});
    words.set_null(row);
    return;
  }
  words.int64s()[row] = is_up ? time->rounded_up().us : time->floored.us;
  converted.rounded_times += time->is_whole() ? 0 : 1;
  if (time->nanoseconds == 0) return;
  if (converted.tie_orders.empty()) converted.tie_orders.resize(static_cast<size_t>(words.column.length));
  converted.tie_orders[static_cast<size_t>(row)] = is_up ? time->tie_order() : time->nanoseconds;
}

}  // namespace

Result<ConvertedColumn> convert_times(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array) {
  const bool is_micros =
      array->type_id() == arrow::Type::TIMESTAMP && conversion.multiply == 1 && conversion.divide == 1;
  if (is_micros && are_valid_timestamps(raw_values<arrow::TimestampType>(*array), array->length())) {
    return ConvertedColumn{share_array(array, ScalarType::kTimestamp)};
  }

  const int64_t multiply = conversion.multiply;
  const int64_t divide = conversion.divide;
  const int64_t least = kTimestampMicrosMin / multiply;
  const int64_t most = kTimestampMicrosMax / multiply;
  const int64_t rows = array->length();
  WordColumn words(*array, ScalarType::kTimestamp);
  int64_t* out = words.int64s();
  ConvertedColumn converted;
  // A value past int64 (of an uint64 column) is past the timestamps too; it must not wrap into them.
  const bool is_past_any = visit_numbers(*array, [&](const auto* values) {
    using Number = std::remove_cvref_t<decltype(*values)>;
    std::copy_n(values, rows, out);
    if constexpr (std::is_same_v<Number, uint64_t>) {
      for (int64_t i = 0; i < rows; ++i) {
        if (values[i] > INT64_MAX) out[i] = INT64_MAX;
      }
    }

    bool is_past = false;
    if (divide != 1) return is_past;
    for (int64_t i = 0; i < rows; ++i) is_past |= out[i] < least || out[i] > most;
    return is_past;
  });

  // Finer than microseconds: what is cut off still decides the order of rows of one microsecond.
  if (divide != 1) {
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t value = out[i];
      const int64_t floored = floor_divide(value, divide);
      out[i] = floored;
      if (floored * divide == value || !words.column.is_valid(i)) continue;
      ++converted.rounded_times;
      if (conversion.rounding == TimeRounding::kUp) ++out[i];
      if (converted.tie_orders.empty()) converted.tie_orders.resize(static_cast<size_t>(rows));
      converted.tie_orders[static_cast<size_t>(i)] = value - out[i] * divide;
    }
  }

  if (is_past_any) {
    for (int64_t i = 0; i < rows; ++i) {
      if (out[i] >= least && out[i] <= most) continue;
      if (words.column.is_valid(i)) {
        converted.bad_cells.push_back({i, "is outside the years 1 to 9999", fmt::format("{}", out[i])});
        words.set_null(i);
      }
      out[i] = 0;
    }
  }

  if (multiply != 1) {
    for (int64_t i = 0; i < rows; ++i) out[i] *= multiply;
  }
  converted.column = std::move(words.column);
  return converted;
}

Result<ConvertedColumn> convert_double_times(const ArrowConversion& conversion, const arrow::Array& array,
                                             const ColumnPlace& place, int64_t first_row) {
  ASSIGN_OR_RETURN(const ConvertedColumn numbers,
                   array.type_id() == arrow::Type::DOUBLE
                       ? Result<ConvertedColumn>({share_array(arrow::MakeArray(array.data()), ScalarType::kDouble)})
                       : convert_doubles(array, place, first_row));
  WordColumn words(array, ScalarType::kTimestamp);
  ConvertedColumn converted;
  for (int64_t i = 0; i < numbers.column.length; ++i) {
    words.int64s()[i] = 0;
    if (!numbers.column.is_valid(i)) continue;
    const double value = numbers.column.doubles()[i];
    const std::string text = fmt::format("{}", value);
    const auto time = std::isfinite(value) ? fine_time_of_epoch(text, conversion.unit) : std::nullopt;
    put_time(time, conversion.rounding, i, text, "is outside the years 1 to 9999", words, converted);
  }
  converted.column = std::move(words.column);
  return converted;
}

Result<ConvertedColumn> parse_times(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array,
                                    const ColumnPlace& place) {
  ASSIGN_OR_RETURN(const Column texts, convert_strings(array, place));
  WordColumn words(*array, ScalarType::kTimestamp);
  ConvertedColumn converted;
  for (int64_t i = 0; i < texts.length; ++i) {
    words.int64s()[i] = 0;
    if (!texts.is_valid(i)) continue;
    const std::string_view text = texts.string_at(i);
    put_time(parse_fine_timestamp(text), conversion.rounding, i, std::string(text), "is not a timestamp", words,
             converted);
  }
  converted.column = std::move(words.column);
  return converted;
}

}  // namespace headrace
