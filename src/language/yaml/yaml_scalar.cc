#include "language/yaml/yaml_tree.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace headrace {
namespace {

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text;
}

/// Takes the digits off the front and tells how many there were.
size_t take_digits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  const size_t whole = take_digits(text);
  size_t fraction = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole == 0 && fraction == 0) return false;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text = without_sign(text.substr(1));
    if (take_digits(text) == 0) return false;
  }
  return text.empty();
}

bool is_integer(std::string_view text) {
  text = without_sign(text);
  return take_digits(text) > 0 && text.empty();
}

/// Whether a number outside the range of doubles is above it, not below: the exponent of its first digit that is not 0.
bool is_huge(std::string_view digits) {
  const size_t mantissa_end = std::min(digits.find_first_of("eE"), digits.size());
  const size_t point = std::min(digits.find('.'), mantissa_end);
  const size_t first = digits.find_first_of("123456789");
  const int64_t lead = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  int64_t exponent = 0;
  if (mantissa_end < digits.size()) {
    std::string_view text = digits.substr(mantissa_end + 1);
    const bool is_negative = text.starts_with('-');
    text = without_sign(text);
    if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec != std::errc()) return !is_negative;
    if (is_negative) exponent = -exponent;
  }
  return lead > -exponent;
}

double decimal_from(bool negative, std::string_view digits) {
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc::result_out_of_range)
    value = is_huge(digits) ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

Value number_from(std::string_view digits, int base, bool negative) {
  // Through the unsigned type, so that the least int64 can be read.
  uint64_t magnitude = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  const uint64_t limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
  if (read.ec == std::errc() && magnitude <= limit) {
    return Value{static_cast<int64_t>(negative ? 0 - magnitude : magnitude)};
  }
  if (base == 10) return Value{decimal_from(negative, digits)};
  double value = 0;
  for (char c : digits) value = value * base + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  return Value{value};
}

/// 0o17 and 0x1F.
std::optional<Value> prefixed_integer(std::string_view text) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'o' && text[1] != 'x')) return std::nullopt;
  const std::string_view digits = text.substr(2);
  const bool is_octal = text[1] == 'o';
  for (char c : digits) {
    const bool fits = is_octal ? c >= '0' && c <= '7' : is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    if (!fits) return std::nullopt;
  }
  return number_from(digits, is_octal ? 8 : 16, false);
}

}  // namespace

bool YamlNode::is_null() const {
  return kind == Kind::kScalar && broken_code == nullptr && style == Style::kPlain &&
         is_any_of(text, {"", "~", "null", "Null", "NULL"});
}

Value resolve_scalar(const YamlNode& node) {
  const std::string& text = node.text;
  if (node.style != YamlNode::Style::kPlain) return Value{text};
  if (node.is_null()) return Value{};
  if (is_any_of(text, {"true", "True", "TRUE"})) return Value{true};
  if (is_any_of(text, {"false", "False", "FALSE"})) return Value{false};
  if (is_integer(text)) return number_from(without_sign(text), 10, text.front() == '-');
  if (auto integer = prefixed_integer(text)) return *integer;
  if (is_decimal(text)) return Value{decimal_from(text.front() == '-', without_sign(text))};
  if (is_any_of(without_sign(text), {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return Value{text.front() == '-' ? -infinity : infinity};
  }
  if (is_any_of(text, {".nan", ".NaN", ".NAN"})) return Value{std::numeric_limits<double>::quiet_NaN()};
  return Value{text};
}

std::string_view describe_kind(const YamlNode& node) {
  if (node.is_sequence()) return "a list";
  if (node.is_mapping()) return "a mapping";
  struct Describe {
    std::string_view operator()(std::monostate) const { return "nothing"; }
    std::string_view operator()(bool) const { return "a boolean"; }
    std::string_view operator()(int64_t) const { return "an integer"; }
    std::string_view operator()(double) const { return "a number"; }
    std::string_view operator()(const std::string&) const { return "text"; }
    std::string_view operator()(EventTime) const { return "a timestamp"; }
    std::string_view operator()(Duration) const { return "a duration"; }
    std::string_view operator()(const Value::List&) const { return "a list"; }
  };
  return std::visit(Describe{}, resolve_scalar(node).data);
}

}  // namespace headrace
