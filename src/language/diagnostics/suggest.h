#pragma once

/// "did you mean": the nearest of the names that would have been right.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// The number of insertions, deletions, replacements and swaps of neighbours (each byte once) that turn one text into
/// the other; more than `distance_max` is given as distance_max + 1. Time: length × distance_max.
size_t edit_distance(std::string_view a, std::string_view b, size_t distance_max);

/// The candidate nearest to the word, if it is near enough to be a slip of the pen (a third of its length, at least
/// one); the first of equals. Empty: none.
/// `except` is the place of a candidate that is passed over. Time: a few operations for each byte of the candidates,
/// where the word has at most 64.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates, size_t except = SIZE_MAX);

/// "did you mean `x`?", or the empty text.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates, size_t except = SIZE_MAX);

}  // namespace headrace
