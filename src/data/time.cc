#include "data/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headrace {
namespace {

struct Unit {
  std::string_view name;
  int64_t us;
};
constexpr std::array<Unit, 6> kUnits = {{{"w", 7 * kMicrosPerDay},
                                         {"d", kMicrosPerDay},
                                         {"h", 3600 * kMicrosPerSecond},
                                         {"m", 60 * kMicrosPerSecond},
                                         {"s", kMicrosPerSecond},
                                         {"ms", 1000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes exactly `count` digits off the front of text.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes ".25" as microseconds and what is past them.
bool take_fraction(std::string_view& text, FineTime& time) {
  if (!take_char(text, '.')) return true;
  if (text.empty() || !is_digit(text.front())) return false;
  int64_t nanoseconds = 0;
  int64_t scale = 100'000'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), scale /= 10) {
    nanoseconds += (text.front() - '0') * scale;
    time.has_more |= scale == 0 && text.front() != '0';
  }
  time.floored.us += nanoseconds / 1000;
  time.nanoseconds = static_cast<int>(nanoseconds % 1000);
  return true;
}

/// Takes "Z", "UTC", "+01:00", "-0330", a blank before them, or nothing, as microseconds east of UTC.
std::optional<int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take_char(text, 'Z') || take_char(text, 'z')) return 0;
  const bool has_blank = take_char(text, ' ');
  if (text == "UTC" || (has_blank && (text == "Z" || text == "z"))) {
    text = {};
    return 0;
  }
  if (text.empty()) return std::nullopt;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take_char(text, ':');
    const auto read = take_digits(text, 2);
    if (!read || *read > 59) return std::nullopt;
    minutes = *read;
  }
  const int64_t us = (*hours * 60 + minutes) * 60 * kMicrosPerSecond;
  return west ? -us : us;
}

}  // namespace

int days_in_month(int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

std::optional<Duration> parse_duration(std::string_view text) {
  size_t digits = 0;
  int64_t number = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, text[digits] - '0', &number)) {
      return std::nullopt;
    }
  }
  if (digits == 0 || number == 0) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    int64_t us;
    if (__builtin_mul_overflow(number, unit.us, &us)) return std::nullopt;
    return Duration{us};
  }
  return std::nullopt;
}

std::string to_string(Duration duration) {
  for (const Unit& unit : kUnits) {
    if (duration.us != 0 && duration.us % unit.us == 0) return fmt::format("{}{}", duration.us / unit.us, unit.name);
  }
  return duration.us == 0 ? "0s" : fmt::format("{}us", duration.us);
}

std::optional<FineTime> parse_fine_timestamp(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || *year < 1 || !take_char(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take_char(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  FineTime time{{days_from_civil({*year, *month, *day}) * kMicrosPerDay}};
  if (text.empty()) return time;

  if (!take_char(text, 'T') && !take_char(text, 't') && !take_char(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  time.floored.us += (int64_t{*hour} * 60 + *minute) * 60 * kMicrosPerSecond;
  if (take_char(text, ':')) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    time.floored.us += *second * kMicrosPerSecond;
    if (!take_fraction(text, time)) return std::nullopt;
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  time.floored.us -= *zone;
  return is_valid_timestamp(time.floored.us) ? std::optional(time) : std::nullopt;
}

std::optional<EventTime> parse_timestamp(std::string_view text) {
  const auto time = parse_fine_timestamp(text);
  return time ? std::optional(time->floored) : std::nullopt;
}

char* write_time(char* out, EventTime time) {
  const int64_t days = floor_divide(time.us, kMicrosPerDay);
  const int64_t us = time.us - days * kMicrosPerDay;
  const CivilDate date = civil_from_days(days);
  const int64_t seconds = us / kMicrosPerSecond;
  if (date.year < 0 || date.year > 9999) {
    out = fmt::format_to(out, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, seconds / 3600,
                         seconds / 60 % 60, seconds % 60);
    if (us % kMicrosPerSecond != 0) out = fmt::format_to(out, ".{:06}", us % kMicrosPerSecond);
    *out++ = 'Z';
    return out;
  }

  const bool has_fraction = us % kMicrosPerSecond != 0;
  const std::string_view zero = has_fraction ? "0000-00-00T00:00:00.000000Z" : "0000-00-00T00:00:00Z";
  std::copy(zero.begin(), zero.end(), out);
  const auto put = [&](size_t end, int64_t number) {
    for (; number > 0; number /= 10) out[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, date.year);
  put(7, date.month);
  put(10, date.day);
  put(13, seconds / 3600);
  put(16, seconds / 60 % 60);
  put(19, seconds % 60);
  if (has_fraction) put(26, us % kMicrosPerSecond);
  return out + zero.size();
}

std::string to_string(EventTime time) {
  char text[kTimeTextMax];
  return {text, write_time(text, time)};
}

CivilDate civil_from_days(int64_t days) {
  days += 719468;  // From 0000-03-01, so that a leap day ends its year.
  const int64_t era = floor_divide(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t days_from_civil(CivilDate date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = floor_divide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

}  // namespace headrace
