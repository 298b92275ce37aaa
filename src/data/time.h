#pragma once

/// Instants and durations: microseconds, UTC. No clock here; base/clock is the only place that reads one.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

/// A length of time in microseconds.
struct Duration {
  int64_t us = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
struct EventTime {
  int64_t us = 0;
  friend auto operator<=>(const EventTime&, const EventTime&) = default;
};

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// Before and after every instant: ends of what has no end.
inline constexpr int64_t kTimeMin = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kTimeMax = std::numeric_limits<int64_t>::max();

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: the range of timestamps (language, section 7).
inline constexpr int64_t kTimestampMicrosMin = -62'135'596'800'000'000;
inline constexpr int64_t kTimestampMicrosMax = 253'402'300'799'999'999;

constexpr bool is_valid_timestamp(int64_t us) { return us >= kTimestampMicrosMin && us <= kTimestampMicrosMax; }

/// Divides rounding toward minus infinity. REQUIRES: divisor > 0.
constexpr int64_t floor_divide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

/// Reads "24h": a positive integer and one of ms, s, m, h, d, w. Nothing for other text, zero, or more than 64 bits.
std::optional<Duration> parse_duration(std::string_view text);

/// Writes the largest unit that divides: 90m, 24h -> "1d", 1500ms.
std::string to_string(Duration duration);

/// An instant that may lie between two microseconds. An event is seen from the microsecond on that does not precede it
/// (rounded_up); what was known at an instant was known at the microsecond that does not follow it (floored).
struct FineTime {
  EventTime floored;
  int nanoseconds = 0;    // 0 to 999, past `floored`
  bool has_more = false;  // digits past nanoseconds

  bool is_whole() const { return nanoseconds == 0 && !has_more; }
  EventTime rounded_up() const { return {floored.us + (is_whole() ? 0 : 1)}; }
  /// Orders instants that are rounded up to the same microsecond: -999 to 0, which is the microsecond itself.
  int tie_order() const { return nanoseconds == 0 ? 0 : nanoseconds - 1000; }
};

/// Reads RFC 3339 ("2024-03-01T12:00:00.25+01:00", also with a blank for T, with a blank before the zone, with `UTC` as
/// zone, without zone (UTC), without time (midnight)). Nothing for other text and for years outside 1 to 9999.
std::optional<FineTime> parse_fine_timestamp(std::string_view text);

/// The same, floored to microseconds.
std::optional<EventTime> parse_timestamp(std::string_view text);

/// Writes RFC 3339 with Z as Python's isoformat does: no fraction when it is zero, else six digits.
std::string to_string(EventTime time);
/// The same text, to where there is room for kTimeTextMax characters; returns its end.
char* write_time(char* out, EventTime time);
inline constexpr size_t kTimeTextMax = 48;

/// A date of the proleptic Gregorian calendar.
struct CivilDate {
  int64_t year;
  int month;  // 1 to 12
  int day;    // 1 to 31
};
/// Days since 1970-01-01 to a date and back (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
CivilDate civil_from_days(int64_t days);
int64_t days_from_civil(CivilDate date);
/// REQUIRES: month is 1 to 12.
int days_in_month(int64_t year, int month);

}  // namespace headrace
