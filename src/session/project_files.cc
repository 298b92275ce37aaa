#include "session/project_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace headrace {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  const std::string extension = path.extension().string();
  return (extension == ".yaml" || extension == ".yml") && !path.filename().string().starts_with('.');
}

/// Files with YAML under a folder, recursively, in byte order; none when the folder is not there.
Result<std::vector<std::string>> list_yaml(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  if (!fs::exists(folder, error)) return paths;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    std::error_code ignored;
    if (walk->is_directory(ignored) && walk->path().filename().string().starts_with('.')) {
      walk.disable_recursion_pending();
    } else if (walk->is_regular_file(ignored) && is_yaml(walk->path())) {
      paths.push_back(walk->path().string());
    }
  }
  if (error) return Error::environment(fmt::format("cannot list {}: {}", folder, error.message()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::string join_path(const std::string& folder, const std::string& path) {
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
    shown = shown == "." ? ".." : (fs::path(shown) / "..").string();
  }
  return Error::environment(fmt::format("there is no {} in {} or above it", kProjectFile, absolute.string()))
      .with_help("`headrace init my-station` makes a feature repository; `--project DIR` names one elsewhere");
}

std::string find_project_of_file(const std::string& file) {
  const fs::path parent = fs::path(file).parent_path();
  const Result<std::string> found = find_project(parent.empty() ? "." : parent.string());
  return found.ok() ? fs::path(*found).lexically_normal().string() : "";
}

Result<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return Error::environment(fmt::format("{} is a folder, not a file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error::environment(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  const uintmax_t size = fs::file_size(path, error);
  if (!error && size > static_cast<uintmax_t>(kTextFileBytesMax)) {
    return Error::data(fmt::format("{} has {} MB; files of definitions may have {}", path, size >> 20, kTextFileBytesMax >> 20));
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return Error::environment(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  return text;
}

Result<std::vector<DefinitionFile>> read_definition_files(const std::string& project) {
  std::vector<std::string> paths = {join_path(project, kProjectFile)};
  ASSIGN_OR_RETURN(const std::vector<std::string> features, list_yaml(join_path(project, "features")));
  paths.insert(paths.end(), features.begin(), features.end());
  std::vector<DefinitionFile> files;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, read_text_file(path));
    files.push_back({path, std::move(text)});
  }
  return files;
}

Result<std::vector<std::string>> list_case_files(const std::string& project) {
  return list_yaml(join_path(project, "tests"));
}

}  // namespace headrace
