#include "session/project/written_paths.h"

#include "base/file_system.h"
#include "io/paths/path_parts.h"
#include "io/remote/object_store.h"
#include "io/tables/input_files.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace headrace {
namespace {

namespace fs = std::filesystem;

constexpr int kLinksMax = 40;

/// The path itself: absolute, links followed, also a last one that leads to nothing. An object's stays as it is.
std::string resolved(const std::string& path) {
  if (is_remote(path)) return fs::path("/" + path).lexically_normal().string();
  std::error_code error;
  fs::path place = fs::absolute(path, error);
  for (int links = 0; links < kLinksMax; ++links) {
    place = fs::weakly_canonical(place, error);
    if (error || !fs::is_symlink(fs::symlink_status(place, error))) break;
    const fs::path target = fs::read_symlink(place, error);
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  std::string text = place.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

/// Do two resolved paths lead to one file or folder?
bool is_same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  struct stat of_a{}, of_b{};
  if (::stat(a.c_str(), &of_a) != 0 || ::stat(b.c_str(), &of_b) != 0) return false;
  return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/// Is the resolved path the folder or below it? Folders that are mounted twice are found by their identity.
bool is_within(const std::string& path, const std::string& folder) {
  for (std::string at = path;; at = folder_of(at)) {
    if (is_same(at, folder)) return true;
    if (folder_of(at) == at || at == ".") return false;
  }
}

/// Does the last segment of a glob fit one of the names?
bool ends_with_one_of(const std::vector<std::string>& glob, const std::vector<std::string>& names) {
  return glob.back() == "**" || std::any_of(names.begin(), names.end(),
                                            [&](const std::string& name) { return matches_glob(glob.back(), name); });
}

/// Does the glob match the path, or a folder above it? Of a folder that is written, `names` come somewhere below it.
bool matches(const std::vector<std::string>& glob, size_t g, const std::vector<std::string>& path, size_t p,
             const std::vector<std::string>& names) {
  if (g == glob.size()) return true;
  if (p == path.size()) return !names.empty() && ends_with_one_of(glob, names);
  if (glob[g] == "**") {
    return matches(glob, g + 1, path, p, names) || matches(glob, g, path, p + 1, names) ||
           (g + 1 == glob.size() && p + 1 == path.size());
  }
  const bool fits = has_glob(glob[g]) ? matches_glob(glob[g], path[p]) : glob[g] == path[p];
  return fits && matches(glob, g + 1, path, p + 1, names);
}

/// A glob as the folder above its first pattern, and the rest.
struct Glob {
  std::string folder;
  std::vector<std::string> rest;
};

Glob split_glob(const std::string& path) {
  Glob glob;
  const std::vector<std::string> segments = split_path(path);
  size_t plain = 0;
  std::string folder = path.starts_with('/') ? "/" : "";
  for (; plain < segments.size() && !has_glob(segments[plain]); ++plain) folder = join_path(folder, segments[plain]);
  glob.folder = folder.empty() ? "." : folder;
  glob.rest.assign(segments.begin() + static_cast<std::ptrdiff_t>(plain), segments.end());
  return glob;
}

/// Where an output stands to an input.
enum class Harm { kNone, kReplaces, kIsWithin, kHolds };

/// Links within a source and hard links: only its files themselves tell. REQUIRES: the output is there.
Harm harm_to_files(const std::vector<InputFile>& files, const std::string& output, WrittenKind kind) {
  std::map<std::string, std::string> folders;  // resolved, by folder as found
  for (const InputFile& file : files) {
    if (kind == WrittenKind::kFile) {
      if (is_same(file.path, output)) return Harm::kReplaces;
      continue;
    }
    std::error_code error;
    std::string folder = folder_of(file.path);
    if (fs::is_symlink(fs::symlink_status(file.path, error))) folder = folder_of(resolved(file.path));
    const auto [known, is_new] = folders.try_emplace(folder);
    if (is_new) known->second = resolved(folder);
    if (is_new && is_within(known->second, output)) return Harm::kHolds;
  }
  return Harm::kNone;
}

Harm harm_to_place(const std::string& read, bool reads_below, const std::string& output, WrittenKind kind) {
  if (kind == WrittenKind::kFile && is_same(read, output)) return Harm::kReplaces;
  if (reads_below && is_within(output, read)) return Harm::kIsWithin;
  if (kind == WrittenKind::kOwnFolder && is_within(read, output)) return Harm::kHolds;
  return Harm::kNone;
}

std::string path_of(const std::string& path, const std::string& folder) {
  return is_remote(path) ? path : path_below(folder, path);
}

bool is_folder_there(const std::string& path) {
  std::error_code error;
  // Of an object nobody knows before the store is asked; it may stand for all objects below it.
  return is_remote(path) || fs::is_directory(path, error);
}

/// Of a source, whose path may be a file, a folder or a glob.
Harm harm_to_source(const std::string& path, const std::string& folder, const std::string& output,
                    const WrittenPath& written) {
  const WrittenKind kind = written.kind;
  const std::string whole = path_of(path, folder);
  std::error_code error;
  const bool is_glob = has_glob(path) && !fs::exists(whole, error);
  if (!is_glob) {
    const Harm harm = harm_to_place(resolved(whole), is_folder_there(whole), output, kind);
    if (harm != Harm::kNone) return harm;
  } else {
    const Glob glob = split_glob(is_remote(whole) ? "/" + whole : whole);
    const std::string base = is_remote(whole) ? glob.folder : resolved(glob.folder);
    if (kind == WrittenKind::kOwnFolder && is_within(base, output)) return Harm::kHolds;
    if (is_within(output, base)) {
      const std::string below = fs::path(output).lexically_relative(base).string();
      const std::vector<std::string> segments = below == "." ? std::vector<std::string>() : split_path(below);
      if (matches(glob.rest, 0, segments, 0, written.names)) return Harm::kIsWithin;
    }
  }
  return Harm::kNone;
}

Error overlap_error(const WrittenPath& output, Harm harm, const std::string& read, const std::string& reader) {
  const std::string written = option(output.option, output.path);
  switch (harm) {
    case Harm::kReplaces:
      return Error::usage(fmt::format("{} is {}, which {}: it would be replaced", written, read, reader))
          .with_help("write to a file of another name");
    case Harm::kIsWithin:
      return Error::usage(
                 fmt::format("{} lies in {}, which {}: what is written there would be read", written, read, reader))
          .with_help("write to a folder that nothing is read from");
    case Harm::kHolds:
    case Harm::kNone: break;
  }
  return Error::usage(fmt::format("{} holds {}, which {}: a store wants a folder of its own", written, read, reader))
      .with_help("name a new folder, for example " + option(OptionName::kOutput, "offline"));
}

Status refuse_common_places(const std::vector<WrittenPath>& outputs) {
  for (const WrittenPath& a : outputs) {
    for (const WrittenPath& b : outputs) {
      if (&a == &b || a.path.empty() || b.path.empty()) continue;
      const std::string place_a = resolved(a.path), place_b = resolved(b.path);
      const bool is_within_folder = b.kind != WrittenKind::kFile && is_within(place_a, place_b);
      if (!is_within_folder && !is_same(place_a, place_b)) continue;
      return Error::usage(
                 fmt::format("{} and {} would write to one place", option(a.option, a.path), option(b.option, b.path)))
          .with_help("give each of them a place of its own");
    }
  }
  return {};
}

}  // namespace

Status ReadPaths::refuse_one(const Read& read, const WrittenPath& output) {
  const std::string place = resolved(output.path);
  const std::string whole = path_of(read.path, read.folder);
  Harm harm = read.format ? harm_to_source(read.path, read.folder, place, output)
                          : harm_to_place(resolved(whole), is_folder_there(whole), place, output.kind);

  std::error_code error;
  if (harm == Harm::kNone && read.format && !is_remote(whole) && !is_remote(output.path) && fs::exists(place, error)) {
    const auto files = find_input_files(read.path, read.folder, *read.format);
    // What cannot be listed is told by the run itself.
    if (files) harm = harm_to_files(files->files, place, output.kind);
  }
  return harm == Harm::kNone ? Status() : overlap_error(output, harm, whole, read.reader);
}

Status ReadPaths::refuse(const std::vector<WrittenPath>& outputs) const {
  RETURN_IF_ERROR(refuse_common_places(outputs));
  for (const WrittenPath& output : outputs) {
    if (output.path.empty()) continue;
    for (const Read& read : reads_) RETURN_IF_ERROR(refuse_one(read, output));
  }
  return {};
}

ReadPaths read_paths(const Session& session) {
  ReadPaths reads;
  reads.add_file(session.path_in_project(kProjectFile), "is the project");
  reads.add_folder(session.path_in_project("features"), "holds the definitions");
  reads.add_folder(session.path_in_project("tests"), "holds the tests");
  // Definitions that are links stand elsewhere.
  std::error_code error;
  for (const DefinitionFile& file : session.loaded().files) {
    if (fs::is_symlink(fs::symlink_status(file.name, error))) reads.add_file(file.name, "holds definitions");
  }
  for (const SourceDefinition& source : session.repository().sources) {
    // What has no place in this environment is not read either.
    const Result<std::optional<BatchLocation>> location = session.places().location_of(source.name, source.batch);
    if (!location || !*location) continue;
    reads.add_source((*location)->path, session.folder(), (*location)->format,
                     fmt::format("source `{}` reads", source.name));
  }
  return reads;
}

}  // namespace headrace
