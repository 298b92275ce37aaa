#pragma once

/// The kernels of each family of functions; kernel.cc chooses the family. Private to compute/functions.

#include "compute/functions/kernel.h"

namespace headrace {

using ArgumentTypes = std::span<const ScalarType>;

/// or, and, not, is_null.
Kernel find_logic_kernel(Function function, ArgumentTypes arguments);
/// ==, !=, <, <=, >, >=, in.
Kernel find_comparison_kernel(Function function, ArgumentTypes arguments);
/// + - * / %, negation, abs, sign; of numbers, timestamps and durations.
Kernel find_arithmetic_kernel(Function function, ArgumentTypes arguments);
/// floor, ceil, round, sqrt, exp, ln, log10, log2, pow.
Kernel find_math_kernel(Function function, ArgumentTypes arguments);
/// least, greatest, clip, coalesce, if, nullif.
Kernel find_choice_kernel(Function function, ArgumentTypes arguments);
/// lower, upper, length, trim, concat, contains, starts_with, ends_with, substr, replace.
Kernel find_text_kernel(Function function, ArgumentTypes arguments);
/// hour, minute, day_of_week, day_of_month, month, year, date_trunc, seconds.
Kernel find_time_kernel(Function function, ArgumentTypes arguments);
/// double, int, string, bool.
Kernel find_conversion_kernel(Function function, ArgumentTypes arguments);

}  // namespace headrace
