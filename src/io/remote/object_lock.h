#pragma once

/// One writer at a time for a folder of an object store, which has no locks of its own.
///
/// Each writer puts an object with a name of its own, writer-TOKEN.lock, into the folder, and only then lists the folder.
/// Stores list what has been put. So of two writers that begin at once, at least one sees the other; whoever sees another
/// takes its own object away again and refuses. Both may refuse, and never do both go on.
///
/// A writer puts its object anew every two minutes. One that has not done so for ten minutes is dead: the next writer takes
/// its object away. Ages are differences of the store's own times, so that clocks of machines do not matter.

#include "base/file_system.h"

#include <arrow/filesystem/type_fwd.h>

#include <memory>
#include <string>

namespace headrace {

inline constexpr int kLockRenewedSeconds = 120;
inline constexpr int kLockDeadSeconds = 600;

/// `folder` is the store's name of the folder, `shown` stands for it in messages.
Result<std::unique_ptr<FolderLock>> lock_objects(std::shared_ptr<arrow::fs::FileSystem> store,
                                                 const std::string& folder, const std::string& shown);

}  // namespace headrace
