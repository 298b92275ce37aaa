#pragma once

/// Values as text files have them, appended to a line.

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

/// Quoted where it must be, and where it is empty, since an empty field is null.
void append_csv_text(std::string& out, std::string_view text);
/// As format_double writes it, without a string of its own.
void append_double(std::string& out, double value);
/// As to_string(EventTime) writes it, for the years 1 to 9999.
void append_timestamp(std::string& out, int64_t us);

/// A character, which is no surrogate and at most U+10FFFF.
void append_utf8(std::string& text, uint32_t code_point);

}  // namespace headrace
