#pragma once

/// Characters that a reader of code does not see, or that change how others stand: a definition's words may have them,
/// generated code has none raw. Internal to codegen/. Pure functions; any thread may call them.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace headrace {

/// Controls and line separators, marks of direction, joiners, blanks without a width, tags: U+0000 to U+001F, U+202E,
/// U+FEFF, ..
bool is_invisible(uint32_t code_point);

bool has_invisible(std::string_view text);

/// The text with each invisible character as `written` makes it; a byte that is no UTF-8 counts as one of its value.
std::string with_visible(std::string_view text, const std::function<std::string(uint32_t)>& written);

/// One line for comments: line breaks and tabs are blanks, other invisible characters are named as `<U+202E>`.
std::string visible_line(std::string_view text);

/// A user's text in Markdown, also in a cell of a table: one line, and what would begin markup is escaped.
std::string markdown_text(std::string_view text);

/// The same in a code span, with the backticks around it, where nothing can be escaped: other backticks are quotes.
std::string markdown_code(std::string_view text);

/// A sentence of ours with a user's words in it, as a cell of a table: its code spans stay.
std::string markdown_cell(std::string_view text);

}  // namespace headrace
