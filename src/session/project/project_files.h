#pragma once

/// The files of a feature repository: project.yaml, features/**/*.yaml, tests/**/*.yaml.
///
/// Names of files are relative to the working folder as far as the project's folder was given so, which is what people
/// click on. Everything is read as text; nothing is interpreted here.

#include "base/result.h"
#include "language/diagnostics/definition_file.h"

#include <string>
#include <vector>

namespace headrace {

inline constexpr char kProjectFile[] = "project.yaml";

/// Folders are searched so deep.
inline constexpr int kFolderDepthMax = 16;

/// The largest file of definitions or of a test that is read; a bigger one is an error.
inline constexpr int64_t kTextFileBytesMax = int64_t{64} << 20;

/// The nearest folder from `start` upward that has a project.yaml: ".", "..", "../..". Stops at the root.
Result<std::string> find_project(const std::string& start);

/// The nearest such folder for a file, or nothing.
std::string find_project_of_file(const std::string& file);

/// project.yaml, then features/**/*.yaml (and .yml) in byte order of their paths. Hidden files are left out.
Result<std::vector<DefinitionFile>> read_definition_files(const std::string& project);

/// The same files by their paths in the project. REQUIRES: they are those of a project, project.yaml first.
std::vector<DefinitionFile> by_paths_in_project(std::vector<DefinitionFile> files);

/// FOLDER/**/*.yaml (and .yml) in byte order of their paths; none where there is no such folder.
Result<std::vector<std::string>> list_case_files(const std::string& folder);

Result<std::string> read_text_file(const std::string& path);

/// folder "." and "a.yaml" -> "a.yaml"; absolute paths stay as they are.
std::string path_below(const std::string& folder, const std::string& path);

}  // namespace headrace
