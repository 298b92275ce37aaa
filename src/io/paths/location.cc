#include "io/paths/location.h"

#include "io/paths/folder_walk.h"
#include "io/paths/path_parts.h"
#include "io/paths/suggest_name.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// The deepest folder above `path` (without its glob part) that exists, and what it holds.
std::string help_for_missing(const fs::path& path) {
  fs::path folder = path;
  std::error_code ignored;
  std::string missing;
  while (has_glob(folder.string()) || !fs::is_directory(folder, ignored)) {
    if (!folder.has_parent_path() || folder.parent_path() == folder) return "check the path";
    missing = folder.filename().string();
    folder = folder.parent_path();
    if (folder.empty()) folder = ".";
  }
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (!is_hidden(it->path().filename().string())) names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const std::string folder_shown = folder.lexically_normal().string();
  if (names.empty()) return fmt::format("the nearest existing folder is `{}`, which is empty", folder_shown);
  const bool by_name = !missing.empty() && !has_glob(missing);
  return fmt::format("the nearest existing folder is `{}`; {}", folder_shown,
                     by_name ? suggest_name(missing, names, 6) : suggest_name("", names, 6));
}

const char* kind_of_special(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Result<InputFile> describe_file(const WalkedFile& walked, const std::string& prefix, size_t fixed) {
  InputFile file;
  file.path = walked.path;
  file.is_by_link = walked.is_by_link;
  file.shown = !prefix.empty() && file.path.starts_with(prefix) ? file.path.substr(prefix.size()) : file.path;
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) {
    return Error::environment(fmt::format("cannot read `{}`: {}", file.shown, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    return Error::data(fmt::format("`{}` is {}, and a source is read more than once", file.shown,
                                   kind_of_special(status.st_mode)))
        .with_help("write what it gives into a file and name that");
  }
  file.bytes = status.st_size;
  file.modified_us = int64_t{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1'000;
  file.partitions = partitions_of(file.shown, fixed);
  return file;
}

/// What is at the path, or what its glob matches.
Result<WalkedFiles> walk(const std::string& path, const std::string& prefix, FileFormat format, bool& is_of_folder) {
  const std::string whole = prefix + path;
  struct stat status{};
  const bool is_there = ::stat(whole.c_str(), &status) == 0;
  if (!is_there && errno == EACCES) {
    return Error::environment(fmt::format("cannot read `{}`: {}", path, std::strerror(EACCES)));
  }
  if (is_there && !S_ISDIR(status.st_mode)) return WalkedFiles{{{whole, false}}, {}};
  if (is_there) {
    is_of_folder = true;
    std::string plain = whole;
    while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
    return walk_folders(plain, {}, format, prefix);
  }
  if (!has_glob(path)) return WalkedFiles{};
  return walk_folders(path[0] == '/' ? "/" : prefix, split_path(path), format, prefix);
}

Error nothing_found(const std::string& path, const std::string& prefix, FileFormat format, bool is_of_folder,
                    const LeftOutFiles& left_out) {
  std::string message = is_of_folder ? fmt::format("folder `{}` holds no {} files", path, to_string(format))
                                     : fmt::format("no file {} `{}`", has_glob(path) ? "matches" : "at", path);
  if (left_out.count() > 0) message += fmt::format("; left out: {}", left_out.text());
  return Error::environment(message).with_help(help_for_missing(fs::path(prefix + path)));
}

}  // namespace

Result<InputFiles> expand_location(const std::string& path, const std::string& folder, FileFormat format) {
  const size_t scheme = path.find("://");
  if (scheme != std::string::npos) {
    return Error::data(fmt::format("`{}` cannot be read: {}:// is not supported", path, path.substr(0, scheme)))
        .with_help("use a local file, folder or glob, or gs:// or s3://");
  }
  if (path.empty()) return Error::data("the path of the source is empty");
  const std::string prefix = path[0] == '/' || folder.empty() ? "" : folder.back() == '/' ? folder : folder + "/";

  InputFiles found;
  ASSIGN_OR_RETURN(const WalkedFiles walked, walk(path, prefix, format, found.is_of_folder));
  if (walked.files.empty() && !walked.table)
    return nothing_found(path, prefix, format, found.is_of_folder, walked.left_out);
  found.left_out = walked.left_out;
  found.table = walked.table;
  const bool is_glob = !found.is_of_folder && has_glob(path) && walked.files.front().path != prefix + path;
  const size_t fixed = is_glob ? fixed_segments(path) : split_path(path).size();
  for (const WalkedFile& file : walked.files) {
    ASSIGN_OR_RETURN(InputFile described, describe_file(file, prefix, fixed));
    found.files.push_back(std::move(described));
  }
  return found;
}

}  // namespace headrace
