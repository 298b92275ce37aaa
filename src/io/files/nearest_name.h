#pragma once

/// Finds the name that a user probably meant, for "did you mean" in messages about files and columns.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// The candidate with the fewest single-letter edits (Levenshtein, ignoring ASCII case), if they are at most a third of
/// the word's length (at least one); the first of equals.
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean `a`?", else "there are: `a`, `b`, ..." with at most `shown_max` names.
std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates, size_t shown_max = 12);

}  // namespace headrace
