#include "language/diagnostics/suggest.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace headrace {
namespace {

constexpr size_t kWordBytesMax = 256;  // No name is longer; a hostile one is not worth the time.

/// Distances from one word of at most 64 bytes: a column of the matrix of edit_distance() as the bits of a word, so
/// that a byte of the other text costs some ten operations (Hyyrö, "A bit-vector algorithm for computing Levenshtein
/// and Damerau edit distances", 2003).
class WordDistances {
 public:
  static constexpr size_t kBytesMax = 64;

  /// REQUIRES: 1 to kBytesMax bytes.
  explicit WordDistances(std::string_view word) : size_(word.size()) {
    for (size_t i = 0; i < word.size(); ++i) places_[static_cast<unsigned char>(word[i])] |= uint64_t{1} << i;
  }

  size_t to(std::string_view other) const {
    const uint64_t last = uint64_t{1} << (size_ - 1);
    uint64_t rises = ~uint64_t{0}, falls = 0, diagonal = 0, places_before = 0;
    size_t distance = size_;
    for (const char c : other) {
      const uint64_t places = places_[static_cast<unsigned char>(c)];
      const uint64_t swaps = ((~diagonal & places) << 1) & places_before;
      diagonal = ((((places & rises) + rises) ^ rises) | places | falls) | swaps;
      uint64_t across_rises = falls | ~(diagonal | rises);
      uint64_t across_falls = diagonal & rises;
      distance += (across_rises & last) != 0 ? 1 : 0;
      distance -= (across_falls & last) != 0 ? 1 : 0;
      across_rises = (across_rises << 1) | 1;
      across_falls <<= 1;
      rises = across_falls | ~(diagonal | across_rises);
      falls = across_rises & diagonal;
      places_before = places;
    }
    return distance;
  }

 private:
  size_t size_;
  std::array<uint64_t, 256> places_{};  // of each byte in the word
};

/// Whether the names have the same letters and digits, whatever their case and what stands between them.
bool has_same_letters(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view name, size_t& i) {
    while (i < name.size() && std::isalnum(static_cast<unsigned char>(name[i])) == 0) ++i;
    return i < name.size() ? std::tolower(static_cast<unsigned char>(name[i++])) : 0;
  };
  size_t i = 0, j = 0;
  for (bool is_any = false;; is_any = true) {
    const int letter = next(a, i);
    if (letter != next(b, j)) return false;
    if (letter == 0) return is_any;
  }
}

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

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates, size_t except) {
  std::optional<WordDistances> distances;
  if (!word.empty() && word.size() <= WordDistances::kBytesMax) distances.emplace(word);
  size_t distance_max = std::max<size_t>(1, word.size() / 3);
  std::string_view nearest;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const std::string& candidate = candidates[i];
    const size_t difference = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (i == except || difference > distance_max) continue;

    const size_t distance = distances ? distances->to(candidate) : edit_distance(word, candidate, distance_max);
    if (distance > distance_max || distance >= std::max(word.size(), candidate.size())) continue;
    if (nearest.empty() || distance < distance_max) nearest = candidate;
    distance_max = distance;
    if (distance == 0) break;
  }
  if (!nearest.empty()) return std::string(nearest);

  // `pumpEff` for `pump_eff`: the same letters, joined in another manner.
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i != except && candidates[i] != word && has_same_letters(word, candidates[i])) return candidates[i];
  }
  return "";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates, size_t except) {
  const std::string nearest = nearest_name(word, candidates, except);
  return nearest.empty() ? "" : "did you mean `" + nearest + "`?";
}

}  // namespace headrace
