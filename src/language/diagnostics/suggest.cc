#include "language/diagnostics/suggest.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kWordBytesMax = 256;  // No name is longer; a hostile one is not worth the time.

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b, size_t distance_max) {
  const size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > distance_max || a.size() > kWordBytesMax || b.size() > kWordBytesMax) return distance_max + 1;
  // Rows of the Damerau-Levenshtein matrix (optimal string alignment): two rows back, one row back, this row.
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > distance_max) return distance_max + 1;
    before.swap(above);
    above.swap(row);
  }
  return std::min(above[b.size()], distance_max + 1);
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  size_t distance_max = std::max<size_t>(1, word.size() / 3);
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate, distance_max);
    if (distance > distance_max || distance >= std::max(word.size(), candidate.size())) continue;
    if (nearest.empty() || distance < distance_max) nearest = candidate;
    distance_max = distance;
    if (distance == 0) break;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_name(word, candidates);
  return nearest.empty() ? "" : "did you mean `" + nearest + "`?";
}

}  // namespace headrace
