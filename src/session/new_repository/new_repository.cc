#include "session/new_repository/new_repository.h"

#include "base/check.h"
#include "base/file_system.h"
#include "base/option_name.h"
#include "casefiles/schema_json.h"
#include "language/definitions/schema_json.h"
#include "session/new_repository/repository_templates.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace headrace {
namespace {

namespace fs = std::filesystem;

constexpr char kIgnored[] = "offline/\nbuild/\n.headrace/server/\n";
constexpr char kSchemasFolder[] = ".headrace/";

Status write_new_file(const std::string& path, const std::string& text) {
  RETURN_IF_ERROR(real_file_system().make_folders(folder_of(path)));
  return write_file_atomically(real_file_system(), path, text);
}

}  // namespace

/// A project's name from the name of its folder: what is not a letter, a digit, - or _ becomes -.
std::string project_name_of(const std::string& folder) {
  std::error_code error;
  const fs::path path = fs::absolute(folder, error).lexically_normal();
  std::string name = (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
  for (char& letter : name) {
    const bool plain =
        (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    if (!plain && letter != '_') letter = '-';
  }
  return name.empty() ? "features" : name;
}

std::vector<std::string> repository_templates() {
  std::vector<std::string> names;
  for (const RepositoryTemplate* each : {&pumps_template(), &payments_template(), &clicks_template()}) {
    names.emplace_back(each->name);
  }
  return names;
}

std::vector<RepositoryFile> new_repository_files(const std::string& project_name, const std::string& kind) {
  for (const RepositoryTemplate* each : {&pumps_template(), &payments_template(), &clicks_template()}) {
    if (each->name != kind) continue;
    std::vector<RepositoryFile> files;
    for (const RepositoryFile& file : each->files) {
      const bool is_yaml = file.path.ends_with(".yaml");
      const std::string_view line = file.path == kProjectFile            ? kProjectSchemaLine
                                    : file.path.starts_with("features/") ? kFeaturesSchemaLine
                                                                         : kTestsSchemaLine;
      files.push_back({file.path, (is_yaml ? std::string(line) : "") + file.text});
    }
    std::string& project = files.front().text;
    project.replace(project.find("PROJECT"), std::string_view("PROJECT").size(), project_name);
    return files;
  }
  CHECK(false);
}

Result<std::vector<std::string>> create_repository(const std::string& folder, const std::string& kind) {
  const std::vector<std::string> known = repository_templates();
  if (std::find(known.begin(), known.end(), kind) == known.end()) {
    return Error::not_found(fmt::format("there is no template `{}`", kind))
        .with_help(fmt::format("templates are {}", fmt::join(known, ", ")));
  }
  return create_repository(folder, new_repository_files(project_name_of(folder), kind));
}

Result<std::vector<std::string>> create_repository(const std::string& folder, std::vector<RepositoryFile> files) {
  files.push_back({std::string(kSchemasFolder) + "definitions.schema.json", definitions_json_schema()});
  files.push_back({std::string(kSchemasFolder) + "tests.schema.json", tests_json_schema()});
  files.push_back({".gitignore", kIgnored});
  for (const RepositoryFile& file : files) {
    const std::string path = path_below(folder, file.path);
    ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(path));
    if (!is_there) continue;
    return Error::conflict(fmt::format("{} is there already", path))
        .with_help(fmt::format("`{}` makes a new folder and overwrites nothing", way_to(RequestName::kInit, "NAME")));
  }
  std::vector<std::string> written;
  for (const RepositoryFile& file : files) {
    written.push_back(path_below(folder, file.path));
    RETURN_IF_ERROR(write_new_file(written.back(), file.text));
  }
  return written;
}

}  // namespace headrace
