#pragma once

/// The parts of a path of a definition: segments, globs, hive partitions. Pure.

#include "io/paths/location.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Names that a search passes over.
bool is_hidden(std::string_view name);
bool has_glob(std::string_view text);
/// `%20` as a blank.
std::string url_decode(std::string_view text);
/// "a//b/c" -> a, b, c.
std::vector<std::string> split_path(std::string_view path);
/// Whether a name is hidden and the glob does not spell its first character.
bool is_passed_over(std::string_view glob, std::string_view name);
/// Whether a name fits one segment of a glob: `*`, `?` and `[..]`, also `[!..]` and `[a-z]`, over bytes. In time of the
/// lengths' product at most.
bool matches_wildcards(std::string_view glob, std::string_view name);
/// How many first segments of a location are no glob: the folders above the source.
size_t fixed_segments(std::string_view location);
/// Of the folders `column=value` of a path, without its first `skipped` segments and its last one.
std::vector<HivePartition> partitions_of(std::string_view path, size_t skipped);

}  // namespace headrace
