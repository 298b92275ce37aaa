#pragma once

/// The files of a plan's sources, for generated code that names what the engine reads.

#include "codegen/generated_project.h"
#include "session/project/session.h"

#include <map>
#include <string>

namespace headrace {

/// Files that are not there, or cannot be listed, are left to patterns: definitions are often generated from where there
/// is no data. Object stores are not asked.
Result<std::map<std::string, SourceFiles>> files_of_sources(const Session& session, const Plan& plan);

}  // namespace headrace
