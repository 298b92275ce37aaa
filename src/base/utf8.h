#pragma once

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
///
/// Text from outside is checked once where it comes in; inside, strings of the language are UTF-8.

#include <cstddef>
#include <string_view>

namespace headrace {

/// The bytes of the well-formed sequence at the front of text; 0 where there is none.
size_t utf8_sequence_length(std::string_view text);

/// The first byte that is not part of well-formed UTF-8, or text.size(). Passes over ASCII a word at a time.
size_t find_invalid_utf8(std::string_view text);

inline bool is_valid_utf8(std::string_view text) { return find_invalid_utf8(text) == text.size(); }

}  // namespace headrace
