#pragma once

/// Numbers that say an instant: "1709294400.25" in seconds. Read digit by digit, so that no double rounds them.

#include "data/time.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string_view>

namespace headrace {

/// The instant of an epoch in a unit, which may have a fraction and an exponent; nothing for what is no number and
/// outside the years 1 to 9999.
std::optional<FineTime> fine_time_of_epoch(std::string_view text, TimeUnit unit, char decimal = '.');

/// Whether the text is a decimal number, of any size, without blanks around it. `mark` is the decimal mark.
bool is_decimal(std::string_view text, char mark);

}  // namespace headrace
