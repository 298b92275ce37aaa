#include "io/arrow/check_utf8.h"

#include "base/utf8.h"

namespace headrace {
namespace {

bool is_ascii(const uint8_t* bytes, int64_t length) {
  uint8_t all = 0;
  for (int64_t i = 0; i < length; ++i) all |= bytes[i];
  return all < 0x80;
}

}  // namespace

ConvertedColumn check_utf8(Column column) {
  ConvertedColumn converted;
  const int32_t* offsets = column.offsets + column.offset;
  const auto* bytes = static_cast<const uint8_t*>(column.values);
  if (column.length == 0 || is_ascii(bytes + offsets[0], offsets[column.length] - offsets[0])) {
    converted.column = std::move(column);
    return converted;
  }

  for (int64_t i = 0; i < column.length; ++i) {
    if (!column.is_valid(i) || is_valid_utf8(column.string_at(i))) continue;
    converted.bad_cells.push_back({i, "is not UTF-8", std::string(column.string_at(i))});
  }
  if (converted.bad_cells.empty()) {
    converted.column = std::move(column);
    return converted;
  }

  // Again, with nulls in place of what is no text.
  ColumnBuilder builder({ScalarType::kString});
  size_t bad = 0;
  for (int64_t i = 0; i < column.length; ++i) {
    const bool is_bad = bad < converted.bad_cells.size() && converted.bad_cells[bad].row == i;
    if (is_bad) ++bad;
    if (is_bad || !column.is_valid(i)) {
      builder.append_null();
    } else {
      builder.append_string(column.string_at(i));
    }
  }
  converted.column = std::move(builder).finish();
  return converted;
}

}  // namespace headrace
