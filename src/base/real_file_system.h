#pragma once

/// The system's own files as a FileSystem. Internal to base and its tests: use real_file_system().

#include "base/beneath.h"
#include "base/file_system.h"

#include <memory>
#include <string>

namespace headrace {

/// real_file_system().below(folder), with the way to descend chosen by the caller.
Result<std::unique_ptr<FileSystem>> files_below(const std::string& folder, Descent descent);

}  // namespace headrace
