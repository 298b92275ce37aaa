#pragma once

/// From texts to a repository: the one way into the language layer, which runs its rooms one after another.
///
///   yaml         text -> tree, with the place of everything
///   definitions  tree -> documents as written
///   resolution   documents -> definitions: names, order, types

#include "language/definitions/repository.h"
#include "language/diagnostics/definition_file.h"

#include <vector>

namespace headrace {

struct LoadedRepository {
  Repository repository;
  Diagnostics diagnostics;
  std::vector<DefinitionFile> files;  // for showing lines in messages
};

/// Reads definitions from text. Pure: opens no file, executes nothing. `project` may stand in a file called
/// project.yaml, or in the only file.
LoadedRepository load_repository(std::vector<DefinitionFile> files);

}  // namespace headrace
