#pragma once

/// expand_location for objects: the same rules of folders, globs, hidden names and hive partitions.

#include "io/paths/location.h"

#include <string>
#include <vector>

namespace headrace {

/// Lists at least one object of `gs://bucket/..` or `s3://bucket/..`; none is an environment error.
Result<InputFiles> expand_remote_location(const std::string& path, FileFormat format);

/// How an object's name fits a pattern; the greatest that one way of reading `**` gives.
enum class PatternFit { kNone, kOtherFormat, kHidden, kFits };

/// The segments of the name fit when the pattern is all of them, or a folder above an object whose name has an extension
/// of the format. `**` stands for any number of folders. In time of the lengths' product.
PatternFit fit_pattern(const std::vector<std::string>& pattern, const std::vector<std::string>& name,
                       FileFormat format);

}  // namespace headrace
