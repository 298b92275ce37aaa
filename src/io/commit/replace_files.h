#pragma once

/// Replaces the texts of several files, of all or of none.
///
/// All texts, the old ones too, are first written beside their files and synced, so that nothing is missing afterwards but
/// renames. Where one of these fails, the files renamed before it get their old text back. A process that is killed among
/// the renames leaves whole files, each as it was or as it will be, and hidden ones beside them.

#include "base/file_system.h"

#include <string>
#include <vector>

namespace headrace {

struct ReplacedFile {
  std::string path;    // of the file itself: a link would be replaced
  std::string before;  // its text
  std::string after;
};

/// REQUIRES: no two have the same path.
Status replace_files(FileSystem& files, const std::vector<ReplacedFile>& replaced);

}  // namespace headrace
