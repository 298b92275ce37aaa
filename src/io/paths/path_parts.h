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
/// "a//b/c" -> a, b, c.
std::vector<std::string> split_path(std::string_view path);
/// Of the folders `column=value` of a path, without its last segment.
std::vector<HivePartition> partitions_of(std::string_view path);

}  // namespace headrace
