#pragma once

/// What people write who come from Python, SQL, dbt or spreadsheets, and how it is written here.
/// For language/formula and language/typing. Pure functions over the text of a formula.

#include <string>
#include <string_view>

namespace headrace {

/// For a word where an operator or the end should be: `formula` up to `start` was read, and the word begins there.
/// Empty: not known.
std::string help_for_foreign_operator(std::string_view formula, size_t start, std::string_view word);

/// For a function that does not exist, by its name as written (`np.log`, `lag`). Empty: not known.
std::string help_for_foreign_function(std::string_view name);

}  // namespace headrace
