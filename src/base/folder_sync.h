#pragma once

/// One call that writes a whole file system to its disk. Internal to base: use FileSystem::begin_folder_sync.

#include "base/descriptor.h"
#include "base/file_system.h"

#include <memory>
#include <string>

namespace headrace {

/// Of the file system that holds an open folder; nullptr where its sync is not known to write everything, or where the
/// system keeps a failure of it to itself. `shown`: the folder, for messages.
Result<std::unique_ptr<FolderSync>> sync_of_folder(Descriptor folder, std::string shown);

}  // namespace headrace
