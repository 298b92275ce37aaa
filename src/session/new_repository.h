#pragma once

/// A first feature repository: small, commented, with data and a test, so that check, test and backfill work at once.

#include "base/result.h"

#include <string>
#include <vector>

namespace headrace {

struct RepositoryFile {
  std::string path;  // relative to the repository's folder
  std::string text;
};

/// The files of a new repository whose project has the name.
std::vector<RepositoryFile> new_repository_files(const std::string& project_name);

/// Writes them into the folder, which is made where it is missing. Overwrites nothing: a folder that has one of the
/// files already is a usage error. Returns the paths written.
Result<std::vector<std::string>> create_repository(const std::string& folder);

}  // namespace headrace
