#include "io/arrow/arrow_text.h"

#include "base/base64.h"
#include "data/time.h"
#include "data/value.h"
#include "io/text/append_text.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

namespace headrace {
namespace {

void append_text(std::string& out, std::string_view text, CellStyle style) {
  if (style == CellStyle::kCsv) {
    append_csv_text(out, text);
  } else {
    out += quote_json(text);
  }
}

template <typename T>
void append_integer(std::string& out, T value) {
  char buffer[24];
  out.append(buffer, static_cast<size_t>(std::to_chars(buffer, buffer + sizeof buffer, value).ptr - buffer));
}

void append_number(std::string& out, double value, CellStyle style) {
  if (std::isfinite(value)) {
    append_double(out, value);
  } else {
    out += style == CellStyle::kCsv ? format_double(value) : "null";
  }
}

void append_single(std::string& out, float value, CellStyle style) {
  if (!std::isfinite(value)) return append_number(out, static_cast<double>(value), style);
  char buffer[32];
  const char* const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

int64_t units_per_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return 1;
    case arrow::TimeUnit::MILLI: return 1'000;
    case arrow::TimeUnit::MICRO: return 1'000'000;
    case arrow::TimeUnit::NANO: return 1'000'000'000;
  }
  return 1;
}

std::string timestamp_text(int64_t value, arrow::TimeUnit::type unit) {
  const int64_t per_second = units_per_second(unit);
  const int64_t second = floor_divide(value, per_second);
  const int64_t fraction = value - second * per_second;
  // Outside of the years that have a text, the number itself is the text.
  if (second < kTimestampMicrosMin / kMicrosPerSecond || second > kTimestampMicrosMax / kMicrosPerSecond) {
    return fmt::format("{}", value);
  }
  if (unit != arrow::TimeUnit::NANO || fraction % 1000 == 0) {
    const int64_t micros = unit == arrow::TimeUnit::NANO ? fraction / 1000 : fraction * (kMicrosPerSecond / per_second);
    return to_string(EventTime{second * kMicrosPerSecond + micros});
  }
  std::string text = to_string(EventTime{second * kMicrosPerSecond});
  text.pop_back();
  return text + fmt::format(".{:09}Z", fraction);
}

std::string date_text(int64_t days) {
  const CivilDate date = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

/// JSON stands as it is in JSON, and is a text in CSV.
void append_json_text(std::string& out, const std::string& json, CellStyle style) {
  if (style == CellStyle::kCsv) {
    append_csv_text(out, json);
  } else {
    out += json;
  }
}

template <typename ListArray>
void append_list(std::string& out, const arrow::Array& column, int64_t row, CellStyle style) {
  const auto& list = static_cast<const ListArray&>(column);
  std::string json = "[";
  for (int64_t i = list.value_offset(row); i < list.value_offset(row) + list.value_length(row); ++i) {
    if (json.size() > 1) json += ", ";
    append_cell(json, *list.values(), i, CellStyle::kJson);
  }
  append_json_text(out, json + "]", style);
}

void append_struct(std::string& out, const arrow::StructArray& column, int64_t row, CellStyle style) {
  std::string json = "{";
  for (int i = 0; i < column.num_fields(); ++i) {
    if (i > 0) json += ", ";
    json += quote_json(column.struct_type()->field(i)->name()) + ": ";
    append_cell(json, *column.field(i), row, CellStyle::kJson);
  }
  append_json_text(out, json + "}", style);
}

/// An object where the keys are text, else a list of pairs.
void append_map(std::string& out, const arrow::MapArray& column, int64_t row, CellStyle style) {
  const bool is_object = column.map_type()->key_type()->id() == arrow::Type::STRING;
  std::string json = is_object ? "{" : "[";
  for (int64_t i = column.value_offset(row); i < column.value_offset(row) + column.value_length(row); ++i) {
    if (json.size() > 1) json += ", ";
    if (!is_object) json += "[";
    append_cell(json, *column.keys(), i, CellStyle::kJson);
    json += is_object ? ": " : ", ";
    append_cell(json, *column.items(), i, CellStyle::kJson);
    if (!is_object) json += "]";
  }
  append_json_text(out, json + (is_object ? "}" : "]"), style);
}

/// "2f1c..-..": bytes of a UUID in its usual form.
std::string uuid_text(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

void append_extension(std::string& out, const arrow::ExtensionArray& column, int64_t row, CellStyle style) {
  const auto& type = static_cast<const arrow::ExtensionType&>(*column.type());
  if (type.extension_name() != "arrow.uuid") return append_cell(out, *column.storage(), row, style);
  const auto& storage = static_cast<const arrow::FixedSizeBinaryArray&>(*column.storage());
  append_text(out, uuid_text(storage.GetView(row)), style);
}

/// Appends a number or a bool; says whether the column holds these.
bool append_if_number(std::string& out, const arrow::Array& column, int64_t row, CellStyle style) {
  const auto integer = [&]<typename Array>(const Array& array) { append_integer(out, array.Value(row)); };
  switch (column.type_id()) {
    case arrow::Type::BOOL: out += static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false"; break;
    case arrow::Type::INT8: integer(static_cast<const arrow::Int8Array&>(column)); break;
    case arrow::Type::INT16: integer(static_cast<const arrow::Int16Array&>(column)); break;
    case arrow::Type::INT32: integer(static_cast<const arrow::Int32Array&>(column)); break;
    case arrow::Type::INT64: integer(static_cast<const arrow::Int64Array&>(column)); break;

    case arrow::Type::UINT8:
      append_integer(out, uint32_t{static_cast<const arrow::UInt8Array&>(column).Value(row)});
      break;
    case arrow::Type::UINT16: integer(static_cast<const arrow::UInt16Array&>(column)); break;
    case arrow::Type::UINT32: integer(static_cast<const arrow::UInt32Array&>(column)); break;
    case arrow::Type::UINT64: integer(static_cast<const arrow::UInt64Array&>(column)); break;

    case arrow::Type::HALF_FLOAT: {
      const auto bits = static_cast<const arrow::HalfFloatArray&>(column).Value(row);
      append_single(out, arrow::util::Float16::FromBits(bits).ToFloat(), style);
      break;
    }
    case arrow::Type::FLOAT: append_single(out, static_cast<const arrow::FloatArray&>(column).Value(row), style); break;
    case arrow::Type::DOUBLE:
      append_number(out, static_cast<const arrow::DoubleArray&>(column).Value(row), style);
      break;
    default: return false;
  }
  return true;
}

}  // namespace

void append_cell(std::string& out, const arrow::Array& column, int64_t row, CellStyle style) {
  if (!column.IsValid(row) || column.type_id() == arrow::Type::NA) {
    out += style == CellStyle::kCsv ? "" : "null";
    return;
  }

  if (append_if_number(out, column, row, style)) return;
  switch (column.type_id()) {
    case arrow::Type::STRING:
      return append_text(out, static_cast<const arrow::StringArray&>(column).GetView(row), style);
    case arrow::Type::LARGE_STRING:
      return append_text(out, static_cast<const arrow::LargeStringArray&>(column).GetView(row), style);
    case arrow::Type::STRING_VIEW:
      return append_text(out, static_cast<const arrow::StringViewArray&>(column).GetView(row), style);
    case arrow::Type::DICTIONARY: {
      const auto& indexed = static_cast<const arrow::DictionaryArray&>(column);
      return append_cell(out, *indexed.dictionary(), indexed.GetValueIndex(row), style);
    }

    // Times.
    case arrow::Type::TIMESTAMP: {
      const auto unit = static_cast<const arrow::TimestampType&>(*column.type()).unit();
      return append_text(out, timestamp_text(static_cast<const arrow::TimestampArray&>(column).Value(row), unit),
                         style);
    }
    case arrow::Type::DATE32:
      return append_text(out, date_text(static_cast<const arrow::Date32Array&>(column).Value(row)), style);
    case arrow::Type::DATE64:
      return append_text(
          out,
          timestamp_text(static_cast<const arrow::Date64Array&>(column).Value(row), arrow::TimeUnit::MILLI)
              .substr(0, 10),
          style);

    // Bytes.
    case arrow::Type::BINARY:
      return append_text(out, to_base64(static_cast<const arrow::BinaryArray&>(column).GetView(row)), style);
    case arrow::Type::LARGE_BINARY:
      return append_text(out, to_base64(static_cast<const arrow::LargeBinaryArray&>(column).GetView(row)), style);
    case arrow::Type::BINARY_VIEW:
      return append_text(out, to_base64(static_cast<const arrow::BinaryViewArray&>(column).GetView(row)), style);
    case arrow::Type::FIXED_SIZE_BINARY:
      return append_text(out, to_base64(static_cast<const arrow::FixedSizeBinaryArray&>(column).GetView(row)), style);

    // What holds others.
    case arrow::Type::STRUCT: return append_struct(out, static_cast<const arrow::StructArray&>(column), row, style);
    case arrow::Type::MAP: return append_map(out, static_cast<const arrow::MapArray&>(column), row, style);
    case arrow::Type::EXTENSION:
      return append_extension(out, static_cast<const arrow::ExtensionArray&>(column), row, style);
    case arrow::Type::LIST_VIEW: return append_list<arrow::ListViewArray>(out, column, row, style);
    case arrow::Type::LARGE_LIST_VIEW: return append_list<arrow::LargeListViewArray>(out, column, row, style);
    case arrow::Type::LIST: return append_list<arrow::ListArray>(out, column, row, style);
    case arrow::Type::LARGE_LIST: return append_list<arrow::LargeListArray>(out, column, row, style);
    case arrow::Type::FIXED_SIZE_LIST: return append_list<arrow::FixedSizeListArray>(out, column, row, style);
    default: break;
  }

  const auto scalar = column.GetScalar(row);
  append_text(out, scalar.ok() ? (*scalar)->ToString() : "", style);
}

}  // namespace headrace
