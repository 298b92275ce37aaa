#include "io/paths/location.h"

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

constexpr int kFolderDepthMax = 64;
constexpr size_t kFilesMax = 1'000'000;

/// Collects files below one location.
class Expansion {
 public:
  explicit Expansion(FileFormat format) : format_(format) {}

  /// Matches the segments from `index` on below `folder`, an existing folder.
  void match(const std::string& folder, const std::vector<std::string>& segments, size_t index, int depth) {
    if (index == segments.size()) return add_folder(folder, depth);
    const std::string& segment = segments[index];
    if (!has_glob(segment)) return match_entry(join(folder, segment), segments, index + 1, depth);
    if (depth > kFolderDepthMax) return;
    const bool any_depth = segment == "**";
    if (any_depth) match(folder, segments, index + 1, depth + 1);
    for (const std::string& name : names_in(folder)) {
      if (any_depth) {
        const std::string path = join(folder, name);
        if (!is_hidden(name) && is_folder(path)) match(path, segments, index, depth + 1);
        if (!is_hidden(name) && index + 1 == segments.size()) match_entry(path, segments, index + 1, depth);
      } else if (matches_glob(segment, name)) {
        match_entry(join(folder, name), segments, index + 1, depth);
      }
    }
  }

  /// Takes what is at `path`: a file when no segments are left, or a folder to go on in.
  void match_entry(const std::string& path, const std::vector<std::string>& segments, size_t index, int depth) {
    std::error_code ignored;
    if (is_folder(path)) return match(path, segments, index, depth + 1);
    if (index == segments.size() && fs::exists(path, ignored)) found_.push_back(path);
  }

  /// Sorted by bytes, each file once.
  std::vector<std::string> take() && {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  static std::string join(const std::string& folder, const std::string& name) {
    if (folder.empty()) return name;
    return folder.back() == '/' ? folder + name : folder + "/" + name;
  }
  static bool is_folder(const std::string& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
  }
  static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end;
         it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    return names;
  }
  void add_folder(const std::string& folder, int depth) {
    if (depth > kFolderDepthMax) return;
    for (const std::string& name : names_in(folder)) {
      if (is_hidden(name) || found_.size() > kFilesMax) continue;
      const std::string path = join(folder, name);
      if (is_folder(path)) {
        add_folder(path, depth + 1);
      } else if (file_format_of_path(name) == format_) {
        found_.push_back(path);
      }
    }
  }

  FileFormat format_;
  std::vector<std::string> found_;
};

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

Result<InputFile> describe_file(const std::string& path, const std::string& prefix) {
  InputFile file;
  file.path = path;
  file.shown = !prefix.empty() && path.starts_with(prefix) ? path.substr(prefix.size()) : path;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return Error::environment(fmt::format("cannot read `{}`: {}", file.shown, std::strerror(errno)));
  }
  file.bytes = status.st_size;
  file.modified_us = int64_t{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1'000;
  file.partitions = partitions_of(file.shown);
  return file;
}

}  // namespace

Result<FileFormat> file_format_from_string(std::string_view word) {
  if (word == "parquet") return FileFormat::kParquet;
  if (word == "csv") return FileFormat::kCsv;
  if (word == "ndjson" || word == "jsonl" || word == "json") return FileFormat::kNdjson;
  return Error::data(fmt::format("`{}` is not a file format that can be read", word))
      .with_help(suggest_name(word, {"parquet", "csv", "ndjson"}));
}

std::optional<FileFormat> file_format_of_path(std::string_view path) {
  bool compressed = false;
  for (std::string_view suffix : {".gz", ".zst"}) {
    if (path.ends_with(suffix)) {
      path.remove_suffix(suffix.size());
      compressed = true;
      break;
    }
  }
  for (std::string_view suffix : {".csv", ".tsv"}) {
    if (path.ends_with(suffix)) return FileFormat::kCsv;
  }
  for (std::string_view suffix : {".ndjson", ".jsonl", ".json"}) {
    if (path.ends_with(suffix)) return FileFormat::kNdjson;
  }
  if (compressed) return std::nullopt;
  for (std::string_view suffix : {".parquet", ".pq", ".parq"}) {
    if (path.ends_with(suffix)) return FileFormat::kParquet;
  }
  return std::nullopt;
}

Result<std::vector<InputFile>> expand_location(const std::string& path, const std::string& folder, FileFormat format) {
  const size_t scheme = path.find("://");
  if (scheme != std::string::npos) {
    return Error::data(fmt::format("`{}` cannot be read: {}:// is not supported", path, path.substr(0, scheme)))
        .with_help("use a local file, folder or glob, or gs:// or s3://");
  }
  if (path.empty()) return Error::data("the path of the source is empty");
  const bool absolute = path[0] == '/';
  std::string prefix = absolute || folder.empty() ? "" : folder.back() == '/' ? folder : folder + "/";

  Expansion expansion(format);
  std::error_code ignored;
  const std::string whole = prefix + path;
  if (fs::exists(whole, ignored)) {
    std::string plain = whole;
    while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
    expansion.match_entry(plain, {}, 0, 0);
  } else if (has_glob(path)) {
    expansion.match(absolute ? "/" : prefix, split_path(path), 0, 0);
  }

  const std::vector<std::string> found = std::move(expansion).take();
  if (found.empty()) {
    const bool is_folder = fs::is_directory(whole, ignored);
    const std::string message = is_folder ? fmt::format("folder `{}` holds no {} files", path, to_string(format))
                                          : fmt::format("no file {} `{}`", has_glob(path) ? "matches" : "at", path);
    return Error::environment(message).with_help(help_for_missing(fs::path(whole)));
  }
  std::vector<InputFile> files;
  for (const std::string& file : found) {
    ASSIGN_OR_RETURN(InputFile described, describe_file(file, prefix));
    files.push_back(std::move(described));
  }
  return files;
}

}  // namespace headrace
