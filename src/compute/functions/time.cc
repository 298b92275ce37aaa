#include "data/time.h"

#include "compute/functions/calendar.h"
#include "compute/functions/families.h"
#include "compute/functions/loops.h"

#include <bit>

namespace headrace {
namespace {

constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

int64_t micros_of_day(int64_t time) { return time - floor_divide(time, kMicrosPerDay) * kMicrosPerDay; }

int64_t hour_of(int64_t time) { return micros_of_day(time) / kMicrosPerHour; }
int64_t minute_of(int64_t time) { return micros_of_day(time) / kMicrosPerMinute % 60; }

/// Days since a Monday at or before `days`; the epoch is a Thursday.
int64_t days_since_monday(int64_t days) { return days + 3 - floor_divide(days + 3, 7) * 7; }

int64_t day_of_week(int64_t time) { return days_since_monday(floor_divide(time, kMicrosPerDay)) + 1; }

CivilDate date_of(int64_t time) { return civil_from_days(floor_divide(time, kMicrosPerDay)); }
int64_t day_of_month(int64_t time) { return date_of(time).day; }
int64_t month_of(int64_t time) { return date_of(time).month; }
int64_t year_of(int64_t time) { return date_of(time).year; }

template <int64_t step>
int64_t start_of_step(int64_t time) {
  return floor_divide(time, step) * step;
}

int64_t start_of_week(int64_t time) {
  const int64_t days = floor_divide(time, kMicrosPerDay);
  return (days - days_since_monday(days)) * kMicrosPerDay;
}
int64_t start_of_month(int64_t time) {
  const CivilDate date = date_of(time);
  return days_from_civil({date.year, date.month, 1}) * kMicrosPerDay;
}
int64_t start_of_year(int64_t time) { return days_from_civil({date_of(time).year, 1, 1}) * kMicrosPerDay; }

/// Bits under a null may be any; only instants of the calendar are handed to its arithmetic.
template <auto op>
void calendar_loop(const int64_t* __restrict times, int64_t* __restrict out, int rows) {
  for (int i = 0; i < rows; ++i) out[i] = is_valid_timestamp(times[i]) ? op(times[i]) : 0;
}

void date_trunc_loop(const LoopCall& call) {
  const auto unit = calendar_unit_from_string(call.arguments[0].strings()[0]);
  const int64_t* times = call.arguments[1].int64s();
  switch (unit.value_or(CalendarUnit::kSecond)) {
    case CalendarUnit::kSecond: return calendar_loop<start_of_step<kMicrosPerSecond>>(times, call.int64s(), call.rows);
    case CalendarUnit::kMinute: return calendar_loop<start_of_step<kMicrosPerMinute>>(times, call.int64s(), call.rows);
    case CalendarUnit::kHour: return calendar_loop<start_of_step<kMicrosPerHour>>(times, call.int64s(), call.rows);
    case CalendarUnit::kDay: return calendar_loop<start_of_step<kMicrosPerDay>>(times, call.int64s(), call.rows);
    case CalendarUnit::kWeek: return calendar_loop<start_of_week>(times, call.int64s(), call.rows);
    case CalendarUnit::kMonth: return calendar_loop<start_of_month>(times, call.int64s(), call.rows);
    case CalendarUnit::kYear: return calendar_loop<start_of_year>(times, call.int64s(), call.rows);
  }
}

template <auto op>
void part_loop(const LoopCall& call) {
  calendar_loop<op>(call.arguments[0].int64s(), call.int64s(), call.rows);
}

/// us / 10^6 rounded once, for counts of more than 53 bits, which a double cannot hold.
double seconds_of_long(int64_t us) {
  const uint64_t magnitude = us < 0 ? 0 - static_cast<uint64_t>(us) : static_cast<uint64_t>(us);
  const int shift = std::countl_zero(magnitude) + 19;
  const unsigned __int128 numerator = static_cast<unsigned __int128>(magnitude) << shift;
  // 62 bits or more of the quotient; the last of them stands for all that follow.
  uint64_t quotient = static_cast<uint64_t>(numerator / kMicrosPerSecond);
  if (numerator % kMicrosPerSecond != 0) quotient |= 1;
  const double seconds = std::ldexp(static_cast<double>(quotient), -shift);
  return us < 0 ? -seconds : seconds;
}

double seconds_of(int64_t us) {
  constexpr int64_t kExactMax = int64_t{1} << 53;
  if (us < -kExactMax || us > kExactMax) return seconds_of_long(us);
  return static_cast<double>(us) / static_cast<double>(kMicrosPerSecond);
}

}  // namespace

std::optional<CalendarUnit> calendar_unit_from_string(std::string_view name) {
  for (size_t i = 0; i < kCalendarUnitNames.size(); ++i) {
    if (kCalendarUnitNames[i] == name) return static_cast<CalendarUnit>(i);
  }
  return std::nullopt;
}

ScalarLoop find_time_loop(Function function, ArgumentTypes arguments) {
  if (function == Function::kDateTrunc) {
    const bool fits =
        arguments.size() == 2 && arguments[0] == ScalarType::kString && arguments[1] == ScalarType::kTimestamp;
    return fits ? ScalarLoop{date_trunc_loop} : ScalarLoop{};
  }
  if (arguments.size() != 1) return {};
  if (function == Function::kSeconds) {
    return arguments[0] == ScalarType::kDuration ? ScalarLoop{map_loop<int64_t, double, seconds_of>} : ScalarLoop{};
  }
  if (arguments[0] != ScalarType::kTimestamp) return {};
  switch (function) {
    case Function::kHour: return {part_loop<hour_of>};
    case Function::kMinute: return {part_loop<minute_of>};
    case Function::kDayOfWeek: return {part_loop<day_of_week>};
    case Function::kDayOfMonth: return {part_loop<day_of_month>};
    case Function::kMonth: return {part_loop<month_of>};
    case Function::kYear: return {part_loop<year_of>};
    default: return {};
  }
}

}  // namespace headrace
