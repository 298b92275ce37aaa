#include "io/paths/suggest_name.h"

#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

namespace headrace {

std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates, size_t shown_max) {
  if (std::string near = did_you_mean(word, candidates); !near.empty()) return near;
  if (candidates.empty()) return "there are none";
  std::string text = "there are: ";
  for (size_t i = 0; i < candidates.size() && i < shown_max; ++i) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", candidates[i]);
  }
  if (candidates.size() > shown_max) text += fmt::format(" and {} more", candidates.size() - shown_max);
  return text;
}

}  // namespace headrace
