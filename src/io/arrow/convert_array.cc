#include "io/arrow/from_arrow.h"

#include "io/arrow/check_utf8.h"
#include "io/arrow/convert_steps.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <fmt/format.h>

#include <limits>

namespace headrace {
namespace {

constexpr int32_t kNoOffsets[1] = {0};

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

Result<Column> convert_strings(const std::shared_ptr<arrow::Array>& array, const ColumnPlace& place) {
  switch (array->type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return share_array(array, ScalarType::kString);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return gather_text<arrow::LargeBinaryArray>(*array, place);
    default: return gather_text<arrow::BinaryViewArray>(*array, place);
  }
}

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
  switch (conversion.method) {
    case ConversionMethod::kNulls: return ConvertedColumn{null_column(conversion.type, array->length())};
    case ConversionMethod::kShare:
      if (conversion.type == ScalarType::kString) return check_utf8(share_array(array, conversion.type));
      return ConvertedColumn{share_array(array, conversion.type)};
    case ConversionMethod::kIntegers: return convert_integers(*array, place, first_row);
    case ConversionMethod::kDoubles: return convert_doubles(*array, place, first_row);
    case ConversionMethod::kWholeDoubles: return convert_whole_doubles(*array);
    case ConversionMethod::kUuids: return ConvertedColumn{convert_uuids(*array)};
    case ConversionMethod::kDecimals: return convert_decimals(*array, conversion.type, place, first_row);
    case ConversionMethod::kStrings: {
      ASSIGN_OR_RETURN(Column column, convert_strings(array, place));
      return check_utf8(std::move(column));
    }
    case ConversionMethod::kTimes: return convert_times(conversion, array);
    case ConversionMethod::kParsedTimes: return parse_times(conversion, array, place);
    case ConversionMethod::kDoubleTimes: return convert_double_times(conversion, *array, place, first_row);
    case ConversionMethod::kDictionary: return convert_dictionary(conversion, *array, place, first_row);
  }
  CHECK(false);
  return ConvertedColumn{};
}

}  // namespace headrace
