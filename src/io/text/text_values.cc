#include "io/text/text_values.h"

#include "base/check.h"
#include "base/utf8.h"
#include "io/text/epoch_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

namespace headrace {
namespace {

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (letter != lower[i]) return false;
  }
  return true;
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Removes one plus sign; a second sign makes the text empty, which is no number.
std::string_view without_plus(std::string_view text) {
  if (text.empty() || text[0] != '+') return text;
  text.remove_prefix(1);
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? std::string_view() : text;
}

/// What people and programs write for no value.
bool is_word_for_null(std::string_view text) {
  constexpr std::string_view kWords[] = {"na", "n/a", "#n/a", "null", "none",    "nil",
                                         "-",  "--",  "?",    ".",    "missing", "\\n"};
  text = trim_blanks(text);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return equals_ignoring_case(text, word); });
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  const auto is_blank = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int64_t> parse_int64(std::string_view text) {
  text = without_plus(trim_blanks(text));
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  text = without_plus(trim_blanks(text));
  if (text.empty()) return std::nullopt;
  const std::string_view unsigned_text = text[0] == '-' ? text.substr(1) : text;
  if (unsigned_text.empty()) return std::nullopt;
  if (!is_digit(unsigned_text[0]) && unsigned_text[0] != '.') {
    if (equals_ignoring_case(unsigned_text, "nan")) return std::numeric_limits<double>::quiet_NaN();
    if (equals_ignoring_case(unsigned_text, "inf") || equals_ignoring_case(unsigned_text, "infinity")) {
      const double infinity = std::numeric_limits<double>::infinity();
      return text[0] == '-' ? -infinity : infinity;
    }
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  // Out of range: strtod tells too large (an infinity) from too small (zero or a subnormal).
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  text = trim_blanks(text);
  if (equals_ignoring_case(text, "true")) return true;
  if (equals_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

bool is_plain_integer(std::string_view text) {
  const bool is_negative = !text.empty() && text[0] == '-';
  const std::string_view digits = is_negative ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits[0])) return false;
  if (digits[0] == '0' && (digits.size() > 1 || is_negative)) return false;
  return is_digit(text.back()) && parse_int64(text).has_value();
}

TextColumn::TextColumn(ScalarType type, std::optional<TimeUnit> unit, const TextForm& form)
    : type_(type), unit_(unit), decimal_(form.decimal), builder_({type}) {
  if (!form.time_format.empty()) time_format_.emplace(form.time_format);
}

const char* TextColumn::append(std::string_view text) {
  switch (type_) {
    case ScalarType::kString:
      if (!is_valid_utf8(text)) return "is not UTF-8 (`batch` has `encoding`)";
      builder_.append_string(text);
      return nullptr;
    case ScalarType::kInt64:
      if (const auto value = parse_int64(text)) {
        builder_.append_int64(*value);
        return nullptr;
      }
      if (is_word_for_null(text)) return "is not an int64 (for no value, `batch` has `nulls`)";
      if (!parse_double(text)) return "is not an int64";
      return text.find_first_not_of("0123456789+- ") == std::string_view::npos
                 ? "is not an int64 (it has more than 64 bits)"
                 : "is not an int64 (declare it as double)";
    case ScalarType::kDouble: return append_number(text);
    case ScalarType::kBool:
      if (const auto value = parse_bool(text)) {
        builder_.append_bool(*value);
        return nullptr;
      }
      return "is not true or false";

    // A point in time has many forms.
    case ScalarType::kTimestamp: return append_timestamp(trim_blanks(text));
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
  return nullptr;
}

const char* TextColumn::append_number(std::string_view text) {
  std::string with_point;
  if (decimal_ != '.') {
    if (text.find('.') != std::string_view::npos) return "is not a number (its decimal mark is a point)";
    with_point = text;
    std::replace(with_point.begin(), with_point.end(), decimal_, '.');
    text = with_point;
  }
  const auto value = parse_double(text);
  if (!value.has_value()) {
    if (is_word_for_null(text)) return "is not a number (for no value, `batch` has `nulls`)";
    const bool has_comma = std::count(text.begin(), text.end(), ',') == 1;
    return has_comma ? "is not a number (for a comma, `batch` has `decimal`)" : "is not a number";
  }
  if (std::isfinite(*value)) {
    builder_.append_double(*value);
  } else {
    builder_.append_null();
  }
  return nullptr;
}

const char* TextColumn::append_timestamp(std::string_view text) {
  if (unit_.has_value()) {
    const auto time = fine_time_of_epoch(text, *unit_, decimal_);
    if (time) return append_time(time, nullptr);
    return is_decimal(text, decimal_) ? "is outside the years 1 to 9999 (does `unit` say what it counts?)"
                                      : "is not a number, as `unit` says";
  }
  if (time_format_) return append_time(time_format_->parse(text), "is not of the form that `time_format` says");
  const auto time = parse_fine_timestamp(text);
  if (time) return append_time(time, nullptr);
  const bool is_day = text.size() == 8 && parse_int64(text) && TimeFormat("%Y%m%d").parse(text);
  if (is_day) return "is not a timestamp (YYYYMMDD needs `time_format: \"%Y%m%d\"` in `batch`)";
  return is_decimal(text, decimal_) ? "is not a timestamp (a number needs `unit`)" : "is not a timestamp";
}

const char* TextColumn::append_time(const std::optional<FineTime>& time, const char* problem) {
  if (!time) return problem;
  if (!is_valid_timestamp(time->rounded_up().us)) return "is outside the years 1 to 9999";
  if (!time->is_whole()) ++rounded_times_;
  if (time->tie_order() != 0) {
    tie_orders_.resize(static_cast<size_t>(builder_.length()));
    tie_orders_.push_back(time->tie_order());
  }
  builder_.append_int64(time->rounded_up().us);
  return nullptr;
}

std::optional<Column> TextColumn::take_tie_orders() {
  if (tie_orders_.empty()) return std::nullopt;
  tie_orders_.resize(static_cast<size_t>(builder_.length()));
  return make_column(ScalarType::kInt64, std::exchange(tie_orders_, {}));
}

Column TextColumn::take() {
  Column column = std::move(builder_).finish();
  builder_ = ColumnBuilder({type_});
  return column;
}

}  // namespace headrace
