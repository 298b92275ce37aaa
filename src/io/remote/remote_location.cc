#include "io/remote/remote_location.h"

#include "io/paths/path_parts.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

bool matches_from(const std::vector<std::string>& pattern, size_t p, const std::vector<std::string>& name, size_t n,
                  FileFormat format) {
  if (p == pattern.size()) {
    // The pattern named the object, or a folder above it.
    const bool is_hidden_below = std::any_of(name.begin() + static_cast<int64_t>(n), name.end(), is_hidden);
    return n == name.size() || (!is_hidden_below && file_format_of_path(name.back()) == format);
  }
  if (n == name.size()) return false;
  if (pattern[p] == "**") {
    return matches_from(pattern, p + 1, name, n, format) ||
           (!is_hidden(name[n]) && matches_from(pattern, p, name, n + 1, format)) ||
           (p + 1 == pattern.size() && n + 1 == name.size() && !is_hidden(name[n]));
  }
  const bool fits = has_glob(pattern[p]) ? matches_glob(pattern[p], name[n]) : pattern[p] == name[n];
  return fits && matches_from(pattern, p + 1, name, n + 1, format);
}

/// What is listed for a pattern: everything below its last folder without a glob.
std::string base_of(const std::string& path, const std::vector<std::string>& segments) {
  std::string base = path.substr(0, path.find("://") + 3);
  for (size_t i = 0; i < segments.size() && !has_glob(segments[i]); ++i) base += (i == 0 ? "" : "/") + segments[i];
  return base;
}

}  // namespace

bool matches_pattern(const std::vector<std::string>& pattern, const std::vector<std::string>& name, FileFormat format) {
  return matches_from(pattern, 0, name, 0, format);
}

Result<std::vector<InputFile>> expand_remote_location(const std::string& path, FileFormat format) {
  const size_t start = path.find("://") + 3;
  const std::vector<std::string> pattern = split_path(std::string_view(path).substr(start));
  if (pattern.empty() || has_glob(pattern.front())) {
    return Error::data(fmt::format("`{}` names no bucket", path)).with_help("write gs://bucket/folder/");
  }
  ASSIGN_OR_RETURN(const std::vector<RemoteFile> found, list_remote(base_of(path, pattern)));
  std::vector<InputFile> files;
  for (const RemoteFile& each : found) {
    if (!matches_pattern(pattern, split_path(std::string_view(each.path).substr(start)), format)) continue;
    files.push_back({.path = each.path,
                     .shown = each.path,
                     .bytes = each.info.bytes,
                     .modified_us = each.info.modified_us,
                     .partitions = partitions_of(each.path)});
  }
  if (files.empty()) {
    return Error::environment(
               fmt::format("no {} object {} `{}`", to_string(format), has_glob(path) ? "matches" : "at or below", path))
        .with_help(found.empty() ? "check the bucket and the path; nothing is there"
                                 : fmt::format("there is `{}`", found.front().path));
  }
  return files;
}

}  // namespace headrace
