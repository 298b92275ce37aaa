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

/// First lines for editors: the JSON Schema that lies in the repository.
inline constexpr char kProjectSchemaLine[] = "# yaml-language-server: $schema=.headrace/definitions.schema.json\n";
inline constexpr char kFeaturesSchemaLine[] = "# yaml-language-server: $schema=../.headrace/definitions.schema.json\n";
inline constexpr char kTestsSchemaLine[] = "# yaml-language-server: $schema=../.headrace/tests.schema.json\n";

/// The kinds of repositories that can be made: "pumps", "payments", "clicks".
std::vector<std::string> repository_templates();

/// The files of a new repository whose project has the name. REQUIRES: the template is one of those.
std::vector<RepositoryFile> new_repository_files(const std::string& project_name, const std::string& kind);

/// A project's name from the name of its folder.
std::string project_name_of(const std::string& folder);

/// Writes files into the folder, which is made where it is missing. Overwrites nothing: a folder that has one of the
/// files already is a usage error. The schemas for editors are added. Returns the paths
/// written.
Result<std::vector<std::string>> create_repository(const std::string& folder, std::vector<RepositoryFile> files);
/// The same with the files of a template. An unknown one is an error.
Result<std::vector<std::string>> create_repository(const std::string& folder, const std::string& kind = "pumps");

}  // namespace headrace
