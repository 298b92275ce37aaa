#pragma once

/// Opens what lies below a folder and nothing else, whoever may put links there in the meantime.
///
/// The system does it in one call, openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS. Where that call is refused (an
/// old kernel, a container's filter), the path is walked: each folder is opened from the one above it, and a link is an
/// error at every step. Both open the same files and fail for the same paths.

#include <string>

namespace headrace {

enum class Descent { kBySystem, kByWalk };

/// A descriptor of `path`, which is plain (is_plain_path), opened from the folder's descriptor `root` with the flags and
/// mode of open(2); or -1, with errno. A link anywhere on the way is ELOOP.
int open_beneath(int root, const std::string& path, int flags, unsigned mode, Descent descent);

}  // namespace headrace
