#include "io/remote/remote_location.h"

#include "io/paths/path_parts.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// The pattern is used up: it named the object, or a folder above it.
PatternFit fit_below(const std::vector<std::string>& name, size_t n, FileFormat format) {
  if (n == name.size()) return PatternFit::kFits;
  if (std::any_of(name.begin() + static_cast<int64_t>(n), name.end(), is_hidden)) return PatternFit::kHidden;
  return file_format_of_path(name.back()) == format ? PatternFit::kFits : PatternFit::kOtherFormat;
}

/// What is listed for a pattern: everything below its last folder without a glob.
std::string base_of(const std::string& path, const std::vector<std::string>& segments) {
  std::string base = path.substr(0, path.find("://") + 3);
  for (size_t i = 0; i < segments.size() && !has_glob(segments[i]); ++i) base += (i == 0 ? "" : "/") + segments[i];
  return base;
}

}  // namespace

PatternFit fit_pattern(const std::vector<std::string>& pattern, const std::vector<std::string>& name,
                       FileFormat format) {
  // Row p, column n: how the rest of the name from n on fits the rest of the pattern from p on.
  std::vector<PatternFit> below(name.size() + 1);
  for (size_t n = 0; n <= name.size(); ++n) below[n] = fit_below(name, n, format);
  for (size_t p = pattern.size(); p-- > 0;) {
    std::vector<PatternFit> row(name.size() + 1, PatternFit::kNone);
    const bool is_any_depth = pattern[p] == "**";
    if (is_any_depth) row[name.size()] = p + 1 == pattern.size() ? PatternFit::kNone : below[name.size()];
    for (size_t n = name.size(); n-- > 0;) {
      const bool is_glob = has_glob(pattern[p]);
      const bool fits = is_any_depth || (is_glob ? matches_wildcards(pattern[p], name[n]) : pattern[p] == name[n]);
      PatternFit fit = !fits ? PatternFit::kNone : is_any_depth ? row[n + 1] : below[n + 1];
      if (is_glob && is_passed_over(pattern[p], name[n])) fit = std::min(fit, PatternFit::kHidden);
      row[n] = is_any_depth ? std::max(fit, below[n]) : fit;
    }
    below = std::move(row);
  }
  return below[0];
}

Result<InputFiles> expand_remote_location(const std::string& path, FileFormat format) {
  const size_t start = path.find("://") + 3;
  const std::vector<std::string> pattern = split_path(std::string_view(path).substr(start));
  if (pattern.empty() || has_glob(pattern.front())) {
    return Error::data(fmt::format("`{}` names no bucket", path)).with_help("write gs://bucket/folder/");
  }
  ASSIGN_OR_RETURN(const std::vector<RemoteFile> found, list_remote(base_of(path, pattern)));
  // The scheme is a segment of the path as it is shown.
  const size_t fixed = 1 + fixed_segments(std::string_view(path).substr(start));
  InputFiles taken;
  for (const RemoteFile& each : found) {
    const PatternFit fit = fit_pattern(pattern, split_path(std::string_view(each.path).substr(start)), format);
    if (!taken.table) taken.table = table_of_log(each.path);
    if (fit == PatternFit::kHidden) taken.left_out.add(LeftOutReason::kHidden, each.path);
    if (fit == PatternFit::kOtherFormat) taken.left_out.add(LeftOutReason::kOtherFormat, each.path);
    if (fit != PatternFit::kFits) continue;
    taken.files.push_back({.path = each.path,
                           .shown = each.path,
                           .bytes = each.info.bytes,
                           .modified_us = each.info.modified_us,
                           .partitions = partitions_of(each.path, fixed),
                           .is_by_link = false});
  }
  if (taken.files.empty() && !taken.table) {
    return Error::environment(
               fmt::format("no {} object {} `{}`", to_string(format), has_glob(path) ? "matches" : "at or below", path))
        .with_help(found.empty() ? "check the bucket and the path; nothing is there"
                                 : fmt::format("there is `{}`", found.front().path));
  }
  return taken;
}

}  // namespace headrace
