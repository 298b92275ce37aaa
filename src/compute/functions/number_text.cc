#include "compute/functions/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace headrace {
namespace {

/// The parts of a number's text; none is signed but the exponent.
struct NumberParts {
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;
};

std::string_view take_digits(std::string_view& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const size_t count = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::optional<NumberParts> split_number(std::string_view text) {
  NumberParts parts;
  parts.whole = take_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    parts.exponent = text;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    if (take_digits(text).empty()) return std::nullopt;
  }
  return text.empty() ? std::optional(parts) : std::nullopt;
}

/// Whether a number past the range of doubles is too small, not too large.
bool is_tiny(const NumberParts& parts) {
  int64_t exponent = 0;
  std::string_view digits = parts.exponent;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) return digits.front() == '-';
  const size_t leading = parts.whole.find_first_not_of('0');
  if (leading != std::string_view::npos) return exponent + static_cast<int64_t>(parts.whole.size() - leading) < 0;
  const size_t zeros = parts.fraction.find_first_not_of('0');
  return zeros == std::string_view::npos || exponent - static_cast<int64_t>(zeros) < 0;
}

/// Takes a sign off the front: true for minus.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool is_negative = text.front() == '-';
  text.remove_prefix(1);
  return is_negative;
}

}  // namespace

std::optional<double> read_double(std::string_view text) {
  const bool is_negative = take_sign(text);
  const auto parts = split_number(text);
  if (!parts) return std::nullopt;
  double value = 0.0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc::result_out_of_range || !std::isfinite(value)) {
    if (!is_tiny(*parts)) return std::nullopt;
    value = 0.0;
  }
  return is_negative ? 0.0 - value : value;
}

std::optional<int64_t> read_int64(std::string_view text) {
  const bool is_negative = take_sign(text);
  std::string_view rest = text;
  if (take_digits(rest).empty() || !rest.empty()) return std::nullopt;
  int64_t value = 0;
  for (char c : text) {
    const int digit = c - '0';
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, is_negative ? -digit : digit, &value)) {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace headrace
