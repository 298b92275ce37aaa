#include "io/paths/path_parts.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

/// Whether a character fits the bracket expression after `[` at `at`; `next` is set behind it. Without a closing bracket
/// it is a plain `[`.
bool fits_brackets(std::string_view glob, size_t at, char c, size_t& next) {
  size_t i = at + 1;
  const bool is_negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
  if (is_negated) ++i;
  const size_t close = glob.find(']', i + 1);
  if (close == std::string_view::npos) return c == '[';
  next = close + 1;
  const auto byte = [](char each) { return static_cast<unsigned char>(each); };
  bool fits = false;
  while (i < close) {
    const bool is_range = i + 2 < close && glob[i + 1] == '-';
    fits |= is_range ? byte(glob[i]) <= byte(c) && byte(c) <= byte(glob[i + 2]) : glob[i] == c;
    i += is_range ? 3 : 1;
  }
  return fits != is_negated;
}

/// Whether a character fits what stands at `at`, no `*`; `next` is set behind it.
bool fits_one(std::string_view glob, size_t at, char c, size_t& next) {
  if (glob[at] == '?') return true;
  if (glob[at] == '[') return fits_brackets(glob, at, c, next);
  return glob[at] == c;
}

}  // namespace

std::string url_decode(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

bool is_hidden(std::string_view name) { return name.empty() || name[0] == '.' || name[0] == '_'; }

bool has_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) segments.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

size_t fixed_segments(std::string_view location) {
  const std::vector<std::string> segments = split_path(location);
  return static_cast<size_t>(std::find_if(segments.begin(), segments.end(), has_glob) - segments.begin());
}

std::vector<HivePartition> partitions_of(std::string_view path, size_t skipped) {
  std::vector<HivePartition> partitions;
  const std::vector<std::string> segments = split_path(path);
  for (size_t i = skipped; i + 1 < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    const size_t equals = segment.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string_view value = segment.substr(equals + 1);
    HivePartition partition{url_decode(segment.substr(0, equals)), std::nullopt};
    if (value != kNullPartition) partition.value = url_decode(value);
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

bool is_passed_over(std::string_view glob, std::string_view name) {
  return is_hidden(name) && (name.empty() || glob.empty() || glob[0] != name[0]);
}

bool matches_wildcards(std::string_view glob, std::string_view name) {
  size_t g = 0;
  size_t n = 0;
  // Where the last `*` was and how much it took: only that one need ever take more.
  size_t star = std::string_view::npos;
  size_t star_end = 0;
  while (n < name.size()) {
    size_t next = g + 1;
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_end = n;
    } else if (g < glob.size() && fits_one(glob, g, name[n], next)) {
      g = next;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++star_end;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool matches_glob(std::string_view glob, std::string_view name) {
  return !name.empty() && !is_passed_over(glob, name) && matches_wildcards(glob, name);
}

}  // namespace headrace
