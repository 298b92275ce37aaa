#include "io/arrow/array_numbers.h"
#include "io/arrow/convert_steps.h"

#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr int64_t kExactInDouble = int64_t{1} << 53;

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

}  // namespace

Result<ConvertedColumn> convert_integers(const arrow::Array& array, const ColumnPlace& place, int64_t first_row) {
  WordColumn words(array, ScalarType::kInt64);
  int64_t* out = words.int64s();
  const int64_t rows = array.length();
  const int64_t lost = visit_numbers(array, [&](const auto* values) -> int64_t {
    using Number = std::remove_cvref_t<decltype(*values)>;
    std::copy_n(values, rows, out);
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
  if (lost >= 0)
    return would_lose(place, first_row + lost, lost_value, "a double",
                      "declare the column as int64, or round it in the file");
  return ConvertedColumn{std::move(words.column)};
}

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

}  // namespace headrace
