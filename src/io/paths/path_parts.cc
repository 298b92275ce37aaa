#include "io/paths/path_parts.h"

#include <fnmatch.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

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

}  // namespace

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

std::vector<HivePartition> partitions_of(std::string_view shown) {
  std::vector<HivePartition> partitions;
  std::vector<std::string> segments = split_path(shown);
  if (!segments.empty()) segments.pop_back();
  for (const std::string& segment : segments) {
    const size_t equals = segment.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string_view value = std::string_view(segment).substr(equals + 1);
    HivePartition partition{url_decode(std::string_view(segment).substr(0, equals)), std::nullopt};
    if (value != kNullPartition) partition.value = url_decode(value);
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

bool matches_glob(std::string_view pattern, std::string_view name) {
  if (name.empty() || pattern.empty()) return false;
  if (is_hidden(name) && pattern[0] != name[0]) return false;
  return ::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), FNM_NOESCAPE) == 0;
}

}  // namespace headrace
