#pragma once

/// The definitions of a project as a revision of its git repository has them, read by git itself and without a checkout.
///
///   ASSIGN_OR_RETURN(RevisionFiles base, read_definition_files_at("examples/pumps", "origin/main"));
///   Session before = Session::of_texts(std::move(base.files), "examples/pumps");

#include "base/result.h"
#include "language/diagnostics/definition_file.h"

#include <string>
#include <vector>

namespace headrace {

struct RevisionFiles {
  std::string commit;                 // full name
  std::vector<DefinitionFile> files;  // "REVISION:path"; none: the project was not there
};

/// The same files as read_definition_files() would find in a checkout of the revision. Names and texts are taken as they
/// are: no filter, hook or setting of the repository runs. A folder outside of git, and a name that is no revision, are
/// Errors; so is a definition that is a link there.
Result<RevisionFiles> read_definition_files_at(const std::string& project, const std::string& revision);

}  // namespace headrace
