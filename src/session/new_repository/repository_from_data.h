#pragma once

/// Definitions for data that is there: sources as they were found, the entities that they are about, and two features of
/// each to begin with.

#include "session/new_repository/inferred_source.h"
#include "session/new_repository/new_repository.h"

#include <string>
#include <vector>

namespace headrace {

/// The files of a repository in the folder, to which paths of the sources become relative.
std::vector<RepositoryFile> files_for_sources(const std::string& project_name, const std::string& folder,
                                              const std::vector<InferredSource>& sources);

/// "source stocks: 560 rows of data/stocks.csv, by `date`, of 5 `symbol`s": what was found, for people.
std::string found_text(const InferredSource& source);

}  // namespace headrace
