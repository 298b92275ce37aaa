#pragma once

/// expand_location for objects: the same rules of folders, globs, hidden names and hive partitions.

#include "io/paths/location.h"

#include <string>
#include <vector>

namespace headrace {

/// Lists at least one object of `gs://bucket/..` or `s3://bucket/..`; none is an environment error.
Result<std::vector<InputFile>> expand_remote_location(const std::string& path, FileFormat format);

/// Whether the segments of an object's name fit a pattern: all of them, or a folder above an object whose name has an
/// extension of the format. `**` stands for any number of folders.
bool matches_pattern(const std::vector<std::string>& pattern, const std::vector<std::string>& name, FileFormat format);

}  // namespace headrace
