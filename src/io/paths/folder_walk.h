#pragma once

/// Walks the folders below a location, each file once, in time that grows with the folders and not with the ways to them.
///
/// Folders are told apart by where they really are, so links cannot double a file, nor lead in circles. What is reached
/// without a link is taken first; of two links to one file, the first in byte order of their paths.

#include "base/result.h"
#include "io/paths/lake_table.h"
#include "io/paths/left_out_files.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct WalkedFile {
  std::string path;
  bool is_by_link = false;  // on the way to it is a link below the start
};

struct WalkedFiles {
  std::vector<WalkedFile> files;   // in byte order of their paths
  LeftOutFiles left_out;           // named as `path` without `prefix`
  std::optional<LakeTable> table;  // the first that was met
};

/// Matches `segments` (names, globs, `**`) below the folder `start`; a folder that they end at is searched to the bottom
/// for files with an extension of the format. A folder that cannot be read is an environment error. `prefix` is taken
/// off the paths in messages.
Result<WalkedFiles> walk_folders(const std::string& start, const std::vector<std::string>& segments, FileFormat format,
                                 const std::string& prefix);

}  // namespace headrace
