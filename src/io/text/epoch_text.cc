#include "io/text/epoch_text.h"

#include "io/text/text_values.h"

#include <algorithm>
#include <string>

namespace headrace {
namespace {

bool is_decimal_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// A decimal number as its digits, without zeros before them: 0.DIGITS times ten to the power of `point`.
struct Decimal {
  bool is_negative = false;
  std::string digits;
  int64_t point = 0;
};

std::optional<Decimal> decimal_of(std::string_view text, char mark) {
  constexpr int64_t kExponentMax = 1'000;
  Decimal number;
  number.is_negative = text.starts_with('-');
  if (number.is_negative || text.starts_with('+')) text.remove_prefix(1);

  bool has_digit = false;
  bool has_mark = false;
  size_t i = 0;
  for (; i < text.size() && (is_decimal_digit(text[i]) || (text[i] == mark && !has_mark)); ++i) {
    if (text[i] == mark) {
      has_mark = true;
      continue;
    }
    has_digit = true;
    const bool is_leading_zero = number.digits.empty() && text[i] == '0';
    if (!is_leading_zero) number.digits += text[i];
    if (!has_mark && !is_leading_zero) ++number.point;
    if (has_mark && is_leading_zero) --number.point;
  }
  if (!has_digit) return std::nullopt;

  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const auto exponent = parse_int64(text.substr(i + 1));
    if (!exponent || *exponent < -kExponentMax || *exponent > kExponentMax) return std::nullopt;
    number.point += *exponent;
    i = text.size();
  }
  return i == text.size() ? std::optional(number) : std::nullopt;
}

std::optional<FineTime> fine_time_of_count(int64_t count, TimeUnit unit) {
  int64_t multiply = 1;
  FineTime time;
  switch (unit) {
    case TimeUnit::kSeconds: multiply = kMicrosPerSecond; break;
    case TimeUnit::kMilliseconds: multiply = 1'000; break;
    case TimeUnit::kMicroseconds: break;
    case TimeUnit::kNanoseconds:
      time.nanoseconds = static_cast<int>(count - floor_divide(count, 1'000) * 1'000);
      count = floor_divide(count, 1'000);
      break;
  }
  if (count < kTimestampMicrosMin / multiply || count > kTimestampMicrosMax / multiply) return std::nullopt;
  time.floored.us = count * multiply;
  return time;
}

int digits_of_micro(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds: return 6;
    case TimeUnit::kMilliseconds: return 3;
    case TimeUnit::kMicroseconds: return 0;
    case TimeUnit::kNanoseconds: return -3;
  }
  return 0;
}

}  // namespace

bool is_decimal(std::string_view text, char mark) { return decimal_of(text, mark).has_value(); }

std::optional<FineTime> fine_time_of_epoch(std::string_view text, TimeUnit unit, char decimal) {
  if (const auto whole = parse_int64(text)) return fine_time_of_count(*whole, unit);
  constexpr int64_t kDigitsMax = 18;  // of microseconds until the year 9999
  const std::optional<Decimal> number = decimal_of(trim_blanks(text), decimal);
  if (!number) return std::nullopt;
  const int64_t whole = number->point + digits_of_micro(unit);  // so many digits are whole microseconds
  if (number->digits.empty()) return FineTime{};
  if (whole > kDigitsMax) return std::nullopt;

  const auto digit = [&](int64_t place) {
    const bool is_there = place >= 0 && place < static_cast<int64_t>(number->digits.size());
    return is_there ? number->digits[static_cast<size_t>(place)] - '0' : 0;
  };
  FineTime time;
  for (int64_t i = 0; i < whole; ++i) time.floored.us = time.floored.us * 10 + digit(i);
  for (int64_t i = whole; i < whole + 3; ++i) time.nanoseconds = time.nanoseconds * 10 + digit(i);
  const auto past = static_cast<size_t>(std::max<int64_t>(whole + 3, 0));
  time.has_more = past < number->digits.size() && number->digits.find_first_not_of('0', past) != std::string::npos;
  if (number->is_negative) {
    // Of -1.25 the floor is -2, and 0.75 is past it.
    const int64_t nanoseconds = -time.nanoseconds - (time.has_more ? 1 : 0);
    time.floored.us = -time.floored.us + floor_divide(nanoseconds, 1000);
    time.nanoseconds = static_cast<int>(nanoseconds - floor_divide(nanoseconds, 1000) * 1000);
  }
  return is_valid_timestamp(time.floored.us) ? std::optional(time) : std::nullopt;
}

}  // namespace headrace
