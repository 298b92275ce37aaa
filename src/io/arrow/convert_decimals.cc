#include "io/arrow/convert_steps.h"
#include "io/text/text_values.h"

#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

/// With so many digits a double prints the decimal that it was made of.
constexpr int64_t kSafeDigits = 1'000'000'000'000'000;
/// Powers of ten that a double holds exactly.
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// A number as 0.DIGITS times ten to the exponent, without zeros at either end of the digits; none for zero.
struct LowestTerms {
  bool is_negative = false;
  std::string digits;
  int exponent = 0;
  friend bool operator==(const LowestTerms&, const LowestTerms&) = default;
};

/// Of an integer's text times ten to the power.
LowestTerms lowest_terms(std::string_view integer, int power) {
  LowestTerms terms;
  if (integer.starts_with('-')) {
    terms.is_negative = true;
    integer.remove_prefix(1);
  }
  while (integer.starts_with('0')) integer.remove_prefix(1);
  terms.exponent = static_cast<int>(integer.size()) + power;
  while (integer.ends_with('0')) integer.remove_suffix(1);
  if (integer.empty()) return {};
  terms.digits = integer;
  return terms;
}

/// Of the shortest text that reads back to the double.
LowestTerms lowest_terms(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  const std::string_view whole(text, static_cast<size_t>(end - text));
  const size_t e = whole.find('e');
  int exponent = 0;
  const char* first = whole.data() + e + 1;
  std::from_chars(*first == '+' ? first + 1 : first, end, exponent);
  std::string integer(whole.substr(0, e));
  const size_t point = integer.find('.');
  const int fraction = point == std::string::npos ? 0 : static_cast<int>(integer.size() - point - 1);
  if (point != std::string::npos) integer.erase(point, 1);
  return lowest_terms(integer, exponent - fraction);
}

/// The double of a decimal of few digits once its last zeros are gone; nothing where more care is needed.
std::optional<double> quick_double(const arrow::BasicDecimal128& decimal, int scale) {
  __int128 value = (static_cast<__int128>(decimal.high_bits()) << 64) | decimal.low_bits();
  while (scale >= 9 && value % 1'000'000'000 == 0) value /= 1'000'000'000, scale -= 9;
  while (scale > 0 && value % 10 == 0) value /= 10, --scale;
  if (value <= -kSafeDigits || value >= kSafeDigits || scale < 0 || scale > 22) return std::nullopt;
  return static_cast<double>(static_cast<int64_t>(value)) / kPowers[scale];
}

std::string integer_text(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::DECIMAL32:
      return arrow::Decimal32(static_cast<const arrow::Decimal32Array&>(array).GetValue(row)).ToIntegerString();
    case arrow::Type::DECIMAL64:
      return arrow::Decimal64(static_cast<const arrow::Decimal64Array&>(array).GetValue(row)).ToIntegerString();
    case arrow::Type::DECIMAL128:
      return arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(array).GetValue(row)).ToIntegerString();
    default:
      return arrow::Decimal256(static_cast<const arrow::Decimal256Array&>(array).GetValue(row)).ToIntegerString();
  }
}

/// With all digits of the scale: "-0.050".
std::string plain_text(const std::string& integer, int scale) {
  if (scale <= 0) return integer == "0" ? integer : integer + std::string(static_cast<size_t>(-scale), '0');
  const bool is_negative = integer.starts_with('-');
  std::string digits = is_negative ? integer.substr(1) : integer;
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, ".");
  return is_negative ? "-" + digits : digits;
}

std::optional<int64_t> whole_int64(const std::string& integer, int scale) {
  const LowestTerms terms = lowest_terms(integer, -scale);
  const auto count = static_cast<int>(terms.digits.size());
  if (terms.exponent < count || terms.exponent > 19) return std::nullopt;
  return parse_int64((terms.is_negative ? "-" : "") + (terms.digits.empty() ? "0" : terms.digits) +
                     std::string(static_cast<size_t>(terms.exponent - count), '0'));
}

std::optional<double> same_double(const std::string& integer, int scale) {
  const auto value = parse_double(fmt::format("{}e{}", integer, -scale));
  if (!value.has_value() || lowest_terms(*value) != lowest_terms(integer, -scale)) return std::nullopt;
  return value;
}

}  // namespace

Error would_lose(const ColumnPlace& place, int64_t row, const std::string& value, std::string_view type,
                 const std::string& help) {
  return Error::data(fmt::format("`{}`, column `{}`, row {}: {} cannot become {} without loss", place.file,
                                 place.column, row + 1, value, type))
      .with_help(help);
}

Result<ConvertedColumn> convert_decimals(const arrow::Array& array, ScalarType type, const ColumnPlace& place,
                                         int64_t first_row) {
  const int scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  const auto fail = [&](int64_t row, const std::string& integer, std::string_view wanted) {
    return would_lose(
        place, first_row + row, plain_text(integer, scale), wanted,
        fmt::format("declare it as `{}: string` to keep every digit, or change it in the file", place.column));
  };
  if (type == ScalarType::kString) {
    ColumnBuilder builder({type});
    for (int64_t i = 0; i < array.length(); ++i) {
      array.IsNull(i) ? builder.append_null() : builder.append_string(plain_text(integer_text(array, i), scale));
    }
    return ConvertedColumn{std::move(builder).finish()};
  }

  WordColumn words(array, type);
  const auto* narrow = array.type_id() == arrow::Type::DECIMAL128 && type == ScalarType::kDouble
                           ? static_cast<const arrow::Decimal128Array*>(&array)
                           : nullptr;
  for (int64_t i = 0; i < array.length(); ++i) {
    words.int64s()[i] = 0;
    if (array.IsNull(i)) continue;
    if (narrow != nullptr) {
      const auto quick = quick_double(arrow::BasicDecimal128(narrow->GetValue(i)), scale);
      if (quick.has_value()) {
        words.doubles()[i] = *quick;
        continue;
      }
    }
    const std::string integer = integer_text(array, i);
    if (type == ScalarType::kInt64) {
      const auto value = whole_int64(integer, scale);
      if (!value.has_value()) return fail(i, integer, "an int64");
      words.int64s()[i] = *value;
    } else {
      const auto value = same_double(integer, scale);
      if (!value.has_value()) return fail(i, integer, "a double");
      words.doubles()[i] = *value;
    }
  }
  return ConvertedColumn{std::move(words.column)};
}

}  // namespace headrace
