#pragma once

/// Reads numbers from plain decimal text, the same in formulas and in `int` and `double` of strings: ASCII digits, no
/// white space, no grouping, no names of infinity.

#include <cstdint>
#include <optional>
#include <string_view>

namespace headrace {

/// [+-] digits, digits "." [digits] or "." digits, then optionally an exponent. Rounds once to the nearest double; what
/// is too small for a double is 0. Nothing for other text and for what is past the largest double.
std::optional<double> read_double(std::string_view text);

/// [+-] digits. Nothing for other text and past 64 bits.
std::optional<int64_t> read_int64(std::string_view text);

}  // namespace headrace
