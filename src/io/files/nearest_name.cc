#include "io/files/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

char lower_ascii(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (lower_ascii(a[i - 1]) == lower_ascii(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 2 * word.size() + 1) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates, size_t shown_max) {
  if (const auto nearest = nearest_name(word, candidates)) return fmt::format("did you mean `{}`?", *nearest);
  if (candidates.empty()) return "there are none";
  std::string text = "there are: ";
  for (size_t i = 0; i < candidates.size() && i < shown_max; ++i) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", candidates[i]);
  }
  if (candidates.size() > shown_max) text += fmt::format(" and {} more", candidates.size() - shown_max);
  return text;
}

}  // namespace headrace
