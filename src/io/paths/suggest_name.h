#pragma once

/// "did you mean" in messages about files and columns.

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// "did you mean `a`?", else "there are: `a`, `b`, ..." with at most `shown_max` names.
std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates, size_t shown_max = 12);

}  // namespace headrace
