#include "session/project/project_files.h"

#include "base/file_system.h"
#include "base/option_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace headrace {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const std::string& name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

/// Adds the files with YAML under a folder; one that is not there has none.
Status collect_yaml(const std::string& folder, int depth, std::vector<std::string>& paths) {
  FileSystem& files = real_file_system();
  ASSIGN_OR_RETURN(const bool is_there, files.exists(folder));
  if (!is_there || depth > kFolderDepthMax) return {};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  for (const std::string& name : names) {
    if (name.starts_with('.')) continue;
    const std::string path = path_below(folder, name);
    ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
    if (info.is_folder) {
      RETURN_IF_ERROR(collect_yaml(path, depth + 1, paths));
    } else if (is_yaml(name)) {
      paths.push_back(path);
    }
  }
  return {};
}

}  // namespace

std::string path_below(const std::string& folder, const std::string& path) {
  if (folder.empty() || folder == "." || fs::path(path).is_absolute()) return path;
  return (fs::path(folder) / path).string();
}

Result<std::string> find_project(const std::string& start) {
  std::error_code error;
  const fs::path absolute = fs::absolute(start, error).lexically_normal();
  if (error) return Error::environment(fmt::format("cannot find the working folder: {}", error.message()));
  std::string shown = start;
  for (fs::path folder = absolute;; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / kProjectFile, error)) return shown;
    if (folder == folder.parent_path()) break;
    if (!folder.has_filename()) continue;
    shown = shown == "." ? ".." : (fs::path(shown) / "..").lexically_normal().string();
  }
  return Error::environment(fmt::format("there is no {} in {} or above it", kProjectFile, absolute.string()))
      .with_help(fmt::format("`{}` makes a feature repository; `{}` names one elsewhere",
                             way_to(RequestName::kInit, "my-station"), option(OptionName::kProject, "DIR")));
}

std::string find_project_of_file(const std::string& file) {
  const Result<std::string> found = find_project(folder_of(file));
  return found.ok() ? *found : "";
}

Result<std::string> read_text_file(const std::string& path) {
  FileSystem& files = real_file_system();
  ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
  if (info.is_folder) return Error::environment(fmt::format("{} is a folder, not a file", path));
  if (info.is_special) return Error::environment(fmt::format("{} is a pipe or a device, not a file", path));
  if (info.bytes > kTextFileBytesMax) {
    return Error::data(
        fmt::format("{} has {} MiB; a text file may have {}", path, info.bytes >> 20, kTextFileBytesMax >> 20));
  }
  return files.read_file(path);
}

Result<std::vector<DefinitionFile>> read_definition_files(const std::string& project) {
  std::vector<std::string> paths = {path_below(project, kProjectFile)};
  RETURN_IF_ERROR(collect_yaml(path_below(project, "features"), 0, paths));
  std::sort(paths.begin() + 1, paths.end());
  std::vector<DefinitionFile> files;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, read_text_file(path));
    files.push_back({path, std::move(text)});
  }
  return files;
}

std::vector<DefinitionFile> by_paths_in_project(std::vector<DefinitionFile> files) {
  CHECK(!files.empty() && files.front().name.ends_with(kProjectFile));
  const std::string folder = files.front().name.substr(0, files.front().name.size() - (sizeof kProjectFile - 1));
  for (DefinitionFile& file : files) {
    CHECK(file.name.starts_with(folder));
    file.name = file.name.substr(folder.size());
  }
  return files;
}

Result<std::vector<std::string>> list_case_files(const std::string& folder) {
  std::vector<std::string> paths;
  RETURN_IF_ERROR(collect_yaml(folder, 0, paths));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace headrace
