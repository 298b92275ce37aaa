#pragma once

/// The units that date_trunc knows.

#include <array>
#include <optional>
#include <string_view>

namespace headrace {

/// A week starts on Monday.
enum class CalendarUnit { kSecond, kMinute, kHour, kDay, kWeek, kMonth, kYear };

/// In the order of CalendarUnit.
inline constexpr std::array<std::string_view, 7> kCalendarUnitNames = {"second", "minute", "hour", "day",
                                                                       "week",   "month",  "year"};

std::optional<CalendarUnit> calendar_unit_from_string(std::string_view name);

}  // namespace headrace
