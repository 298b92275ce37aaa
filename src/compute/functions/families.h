#pragma once

/// The loops of each family of functions; scalar_loop.cc chooses the family. Private to compute/functions.

#include "compute/functions/scalar_loop.h"

namespace headrace {

using ArgumentTypes = std::span<const ScalarType>;

/// or, and, not, is_null.
ScalarLoop find_logic_loop(Function function, ArgumentTypes arguments);
/// ==, !=, <, <=, >, >=, in.
ScalarLoop find_comparison_loop(Function function, ArgumentTypes arguments);
/// + - * / %, negation, abs, sign; of numbers, timestamps and durations.
ScalarLoop find_arithmetic_loop(Function function, ArgumentTypes arguments);
/// floor, ceil, round, sqrt, exp, ln, log10, log2, pow.
ScalarLoop find_math_loop(Function function, ArgumentTypes arguments);
/// least, greatest, clip, coalesce, if, nullif.
ScalarLoop find_choice_loop(Function function, ArgumentTypes arguments);
/// lower, upper, length, trim, concat, contains, starts_with, ends_with, substr, replace.
ScalarLoop find_text_loop(Function function, ArgumentTypes arguments);
/// hour, minute, day_of_week, day_of_month, month, year, date_trunc, seconds.
ScalarLoop find_time_loop(Function function, ArgumentTypes arguments);
/// double, int, string, bool.
ScalarLoop find_conversion_loop(Function function, ArgumentTypes arguments);

}  // namespace headrace
