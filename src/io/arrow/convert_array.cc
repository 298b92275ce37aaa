#include "io/arrow/from_arrow.h"

#include "io/arrow/check_utf8.h"
#include "io/arrow/convert_steps.h"
#include "io/text/text_values.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr int32_t kNoOffsets[1] = {0};

template <typename ArrowType>
const typename ArrowType::c_type* raw_values(const arrow::Array& array) {
  return static_cast<const arrow::NumericArray<ArrowType>&>(array).raw_values();
}

/// Calls visit with a pointer to the array's C values. REQUIRES: an integer, floating or time type.
template <typename Visit>
auto visit_numbers(const arrow::Array& array, Visit&& visit) {
  switch (array.type_id()) {
    case arrow::Type::INT8: return visit(raw_values<arrow::Int8Type>(array));
    case arrow::Type::INT16: return visit(raw_values<arrow::Int16Type>(array));
    case arrow::Type::INT32: return visit(raw_values<arrow::Int32Type>(array));
    case arrow::Type::INT64: return visit(raw_values<arrow::Int64Type>(array));
    case arrow::Type::UINT8: return visit(raw_values<arrow::UInt8Type>(array));
    case arrow::Type::UINT16: return visit(raw_values<arrow::UInt16Type>(array));
    case arrow::Type::UINT32: return visit(raw_values<arrow::UInt32Type>(array));
    case arrow::Type::UINT64: return visit(raw_values<arrow::UInt64Type>(array));
    case arrow::Type::FLOAT: return visit(raw_values<arrow::FloatType>(array));
    case arrow::Type::TIMESTAMP: return visit(raw_values<arrow::TimestampType>(array));
    case arrow::Type::DATE32: return visit(raw_values<arrow::Date32Type>(array));
    case arrow::Type::DATE64: return visit(raw_values<arrow::Date64Type>(array));
    default: CHECK(false); return visit(static_cast<const int64_t*>(nullptr));
  }
}

Result<ConvertedColumn> convert_integers(const arrow::Array& array, const ColumnPlace& place, int64_t first_row) {
  WordColumn words(array, ScalarType::kInt64);
  int64_t* out = words.int64s();
  const int64_t rows = array.length();
  const int64_t lost = visit_numbers(array, [&](const auto* values) -> int64_t {
    using Number = std::remove_cvref_t<decltype(*values)>;
    for (int64_t i = 0; i < rows; ++i) out[i] = static_cast<int64_t>(values[i]);
    if constexpr (std::is_same_v<Number, uint64_t>) {
      for (int64_t i = 0; i < rows; ++i) {
        if (out[i] < 0 && words.column.is_valid(i)) return i;
      }
    }
    return -1;
  });
  if (lost >= 0) {
    return would_lose(place, first_row + lost, fmt::format("{}", static_cast<uint64_t>(out[lost])), "an int64",
                      "declare the column as double, or change the file");
  }
  return ConvertedColumn{std::move(words.column)};
}

/// The row of the first integer that a double does not hold, or -1.
template <typename Integer>
int64_t first_inexact(const Integer* values, const Column& column) {
  bool is_suspicious = false;
  for (int64_t i = 0; i < column.length; ++i) {
    if constexpr (std::is_signed_v<Integer>) {
      is_suspicious |= values[i] > kExactInDouble || values[i] < -kExactInDouble;
    } else {
      is_suspicious |= values[i] > static_cast<uint64_t>(kExactInDouble);
    }
  }
  if (!is_suspicious) return -1;
  for (int64_t i = 0; i < column.length; ++i) {
    const Integer value = values[i];
    const double rounded = static_cast<double>(value);
    // 2^63 and 2^64 are past the integers' range: the cast back would be undefined.
    const bool is_past = rounded >= (std::is_signed_v<Integer> ? 0x1p63 : 0x1p64);
    if (column.is_valid(i) && (is_past || static_cast<Integer>(rounded) != value)) return i;
  }
  return -1;
}

Result<ConvertedColumn> convert_doubles(const arrow::Array& array, const ColumnPlace& place, int64_t first_row) {
  WordColumn words(array, ScalarType::kDouble);
  double* out = words.doubles();
  const int64_t rows = array.length();
  if (array.type_id() == arrow::Type::HALF_FLOAT) {
    const auto* bits = static_cast<const arrow::HalfFloatArray&>(array).raw_values();
    for (int64_t i = 0; i < rows; ++i) out[i] = arrow::util::Float16::FromBits(bits[i]).ToDouble();
    return ConvertedColumn{std::move(words.column)};
  }
  std::string lost_value;
  const int64_t lost = visit_numbers(array, [&](const auto* values) -> int64_t {
    using Number = std::remove_cvref_t<decltype(*values)>;
    for (int64_t i = 0; i < rows; ++i) out[i] = static_cast<double>(values[i]);
    if constexpr (std::is_integral_v<Number> && sizeof(Number) == 8) {
      const int64_t row = first_inexact(values, words.column);
      if (row >= 0) lost_value = fmt::format("{}", values[row]);
      return row;
    }
    return -1;
  });
  if (lost >= 0) return would_lose(place, first_row + lost, lost_value, "a double",
                      "declare the column as int64, or round it in the file");
  return ConvertedColumn{std::move(words.column)};
}

/// Pandas makes integers with a missing one doubles: NaN is null, and what is not whole is no integer.
ConvertedColumn convert_whole_doubles(const arrow::Array& array) {
  WordColumn words(array, ScalarType::kInt64);
  ConvertedColumn converted;
  const auto double_at = [&](int64_t row) -> double {
    switch (array.type_id()) {
      case arrow::Type::HALF_FLOAT:
        return arrow::util::Float16::FromBits(static_cast<const arrow::HalfFloatArray&>(array).Value(row)).ToDouble();
      case arrow::Type::FLOAT: return static_cast<const arrow::FloatArray&>(array).Value(row);
      default: return static_cast<const arrow::DoubleArray&>(array).Value(row);
    }
  };
  for (int64_t i = 0; i < array.length(); ++i) {
    words.int64s()[i] = 0;
    if (array.IsNull(i)) continue;
    const double value = double_at(i);
    // 2^63 is past the integers.
    if (value >= -0x1p63 && value < 0x1p63 && std::trunc(value) == value) {
      words.int64s()[i] = static_cast<int64_t>(value);
      continue;
    }
    if (!std::isnan(value)) converted.bad_cells.push_back({i, "is not an int64", fmt::format("{}", value)});
    words.set_null(i);
  }
  converted.column = std::move(words.column);
  return converted;
}

/// 16 bytes as 8-4-4-4-12 hexadecimal digits.
Column convert_uuids(const arrow::Array& array) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto& uuids = static_cast<const arrow::FixedSizeBinaryArray&>(array);
  ColumnBuilder builder({ScalarType::kString});
  std::string text;
  for (int64_t i = 0; i < uuids.length(); ++i) {
    if (uuids.IsNull(i)) {
      builder.append_null();
      continue;
    }
    text.clear();
    for (int byte = 0; byte < 16; ++byte) {
      if (byte == 4 || byte == 6 || byte == 8 || byte == 10) text += '-';
      const uint8_t value = uuids.GetValue(i)[byte];
      text += kDigits[value >> 4];
      text += kDigits[value & 15];
    }
    builder.append_string(text);
  }
  return std::move(builder).finish();
}

template <typename TextArray>
Result<Column> gather_text(const arrow::Array& array, const ColumnPlace& place) {
  const auto& texts = static_cast<const TextArray&>(array);
  ColumnBuilder builder({ScalarType::kString});
  int64_t bytes = 0;
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.IsNull(i)) {
      builder.append_null();
      continue;
    }
    const std::string_view text = texts.GetView(i);
    bytes += static_cast<int64_t>(text.size());
    if (bytes > std::numeric_limits<int32_t>::max()) {
      return Error::data(fmt::format("`{}`: column `{}` holds more than 2 GiB of text in {} rows", place.file,
                                     place.column, texts.length()));
    }
    builder.append_string(text);
  }
  return std::move(builder).finish();
}

Result<Column> convert_strings(const std::shared_ptr<arrow::Array>& array, const ColumnPlace& place) {
  switch (array->type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return share_array(array, ScalarType::kString);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return gather_text<arrow::LargeBinaryArray>(*array, place);
    default: return gather_text<arrow::BinaryViewArray>(*array, place);
  }
}

/// Whether all values, also those under nulls, are timestamps of the language.
bool are_valid_timestamps(const int64_t* values, int64_t rows) {
  bool is_past = false;
  for (int64_t i = 0; i < rows; ++i) is_past |= !is_valid_timestamp(values[i]);
  return !is_past;
}

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
    bool is_past = false;
    for (int64_t i = 0; i < rows; ++i) {
      int64_t value = static_cast<int64_t>(values[i]);
      if constexpr (std::is_same_v<Number, uint64_t>) value = values[i] > INT64_MAX ? INT64_MAX : value;
      if (divide == 1) is_past |= value < least || value > most;
      out[i] = value;
    }
    return is_past;
  });
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

/// Doubles have no more digits than their shortest form, so that form is what they say.
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

Result<ConvertedColumn> convert_dictionary(const ArrowConversion& conversion, const arrow::Array& array,
                                           const ColumnPlace& place, int64_t first_row) {
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(array);
  ASSIGN_OR_RETURN(const ConvertedColumn values,
                   convert_array(*conversion.values, encoded.dictionary(), place, first_row));
  ColumnBuilder builder({conversion.type});
  ConvertedColumn converted;
  std::vector<const BadCell*> bad_values(static_cast<size_t>(values.column.length), nullptr);
  for (const BadCell& cell : values.bad_cells) bad_values[static_cast<size_t>(cell.row)] = &cell;
  for (int64_t i = 0; i < encoded.length(); ++i) {
    const int64_t index = encoded.IsNull(i) ? -1 : encoded.GetValueIndex(i);
    if (index < 0 || !values.column.is_valid(index)) {
      builder.append_null();
      if (index >= 0 && bad_values[static_cast<size_t>(index)] != nullptr) {
        converted.bad_cells.push_back(*bad_values[static_cast<size_t>(index)]);
        converted.bad_cells.back().row = i;
      }
      continue;
    }
    switch (conversion.type) {
      case ScalarType::kBool: builder.append_bool(values.column.bool_at(index)); break;
      case ScalarType::kDouble: builder.append_double(values.column.doubles()[index]); break;
      case ScalarType::kString: builder.append_string(values.column.string_at(index)); break;
      default: builder.append_int64(values.column.int64s()[index]); break;
    }
  }
  converted.rounded_times = values.rounded_times;
  if (!values.tie_orders.empty()) {
    converted.tie_orders.resize(static_cast<size_t>(encoded.length()));
    for (int64_t i = 0; i < encoded.length(); ++i) {
      if (!encoded.IsNull(i))
        converted.tie_orders[static_cast<size_t>(i)] = values.tie_orders[static_cast<size_t>(encoded.GetValueIndex(i))];
    }
  }
  converted.column = std::move(builder).finish();
  return converted;
}

Column null_column(ScalarType type, int64_t rows) {
  ColumnBuilder builder({type});
  for (int64_t i = 0; i < rows; ++i) builder.append_null();
  return std::move(builder).finish();
}

}  // namespace

Column share_array(const std::shared_ptr<arrow::Array>& array, ScalarType type) {
  const arrow::ArrayData& data = *array->data();
  Column column;
  column.type = {type};
  column.length = data.length;
  column.offset = data.offset;
  column.validity = array->null_count() > 0 ? array->null_bitmap_data() : nullptr;
  if (type == ScalarType::kString) {
    column.offsets = data.buffers[1] != nullptr && data.buffers[1]->size() > 0
                         ? reinterpret_cast<const int32_t*>(data.buffers[1]->data())
                         : kNoOffsets;
    column.values = data.buffers[2] != nullptr ? data.buffers[2]->data() : nullptr;
  } else {
    column.values = data.buffers[1] != nullptr ? data.buffers[1]->data() : nullptr;
  }
  column.owner = array->data();
  return column;
}

Result<ConvertedColumn> convert_array(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array,
                                      const ColumnPlace& place, int64_t first_row) {
  if (array->type_id() == arrow::Type::EXTENSION) {
    return convert_array(conversion, static_cast<const arrow::ExtensionArray&>(*array).storage(), place, first_row);
  }
  switch (conversion.step) {
    case ArrowStep::kNulls: return ConvertedColumn{null_column(conversion.type, array->length())};
    case ArrowStep::kShare:
      if (conversion.type == ScalarType::kString) return check_utf8(share_array(array, conversion.type));
      return ConvertedColumn{share_array(array, conversion.type)};
    case ArrowStep::kIntegers: return convert_integers(*array, place, first_row);
    case ArrowStep::kDoubles: return convert_doubles(*array, place, first_row);
    case ArrowStep::kWholeDoubles: return convert_whole_doubles(*array);
    case ArrowStep::kUuids: return ConvertedColumn{convert_uuids(*array)};
    case ArrowStep::kDecimals: return convert_decimals(*array, conversion.type, place, first_row);
    case ArrowStep::kStrings: {
      ASSIGN_OR_RETURN(Column column, convert_strings(array, place));
      return check_utf8(std::move(column));
    }
    case ArrowStep::kTimes: return convert_times(conversion, array);
    case ArrowStep::kParsedTimes: return parse_times(conversion, array, place);
    case ArrowStep::kDoubleTimes: return convert_double_times(conversion, *array, place, first_row);
    case ArrowStep::kDictionary: return convert_dictionary(conversion, *array, place, first_row);
  }
  CHECK(false);
  return ConvertedColumn{};
}

}  // namespace headrace
