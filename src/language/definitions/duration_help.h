#pragma once

/// What a duration was meant to be: `24H`, `24 hours`, `1.5h`, `1 month` and the like as a duration of ours.

#include <string>
#include <string_view>

namespace headrace {

/// "did you mean `24h`?"; empty when it is not known what was meant.
std::string help_for_duration(std::string_view text);

}  // namespace headrace
