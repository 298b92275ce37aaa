#pragma once

/// Finds the files or objects that a `path` of a definition or a request stands for, wherever they are.

#include "io/paths/location.h"

#include <string>
#include <vector>

namespace headrace {

/// expand_location, or expand_remote_location for `gs://` and `s3://`.
Result<InputFiles> find_input_files(const std::string& path, const std::string& folder, FileFormat format);

}  // namespace headrace
