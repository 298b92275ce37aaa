#include "io/paths/folder_walk.h"

#include "io/paths/file_formats.h"
#include "io/paths/path_parts.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>

namespace headrace {
namespace {

constexpr size_t kFilesMax = 1'000'000;

std::string joined(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

struct CloseFolder {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

/// Where a path really is; empty when it leads nowhere.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
  return found == nullptr ? std::string() : std::string(found.get());
}

enum class EntryKind { kFile, kFolder, kLink };

struct Entry {
  std::string name;
  EntryKind kind = EntryKind::kFile;  // pipes and devices too: whoever opens them refuses them
};

EntryKind kind_of(const dirent& entry, const std::string& folder) {
  switch (entry.d_type) {
    case DT_DIR: return EntryKind::kFolder;
    case DT_LNK: return EntryKind::kLink;
    case DT_UNKNOWN: break;
    default: return EntryKind::kFile;
  }
  struct stat status{};
  if (::lstat(joined(folder, entry.d_name).c_str(), &status) != 0) return EntryKind::kFile;
  return S_ISDIR(status.st_mode) ? EntryKind::kFolder : S_ISLNK(status.st_mode) ? EntryKind::kLink : EntryKind::kFile;
}

bool is_folder(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Whether `folder` is `above` or lies in it.
bool is_within(const std::string& folder, const std::string& above) {
  if (above == "/") return true;
  return folder.starts_with(above) && (folder.size() == above.size() || folder[above.size()] == '/');
}

/// A folder to be looked at, with the segments from `index` on still to match.
struct Visit {
  std::string path;
  std::string real;
  size_t index = 0;
  bool is_by_link = false;
};

struct ByPath {
  bool operator()(const Visit& a, const Visit& b) const {
    return a.path != b.path ? a.path < b.path : a.index < b.index;
  }
};

class FolderWalk {
 public:
  FolderWalk(const std::vector<std::string>& segments, FileFormat format, const std::string& prefix)
      : segments_(segments), format_(format), prefix_(prefix) {}

  Result<WalkedFiles> run(const std::string& start);

 private:
  std::string shown(const std::string& path) const {
    return !prefix_.empty() && path.starts_with(prefix_) ? path.substr(prefix_.size()) : path;
  }
  Result<std::vector<Entry>> entries_of(const std::string& folder) const;
  Status visit(const Visit& visit);
  void take_named(const Visit& visit);
  Status match_names(const Visit& visit, const std::vector<Entry>& entries);
  Status search(const Visit& visit, const std::vector<Entry>& entries);
  void go_on(const Visit& from, const Entry& entry, size_t index);
  void add_file(const std::string& path, const std::string& real, bool is_by_link);
  void add_linked_files();
  void leave_out(LeftOutReason reason, const std::string& path) { left_out_.emplace(path, reason); }

  const std::vector<std::string>& segments_;
  const FileFormat format_;
  const std::string prefix_;
  std::vector<Visit> next_;
  std::set<Visit, ByPath> links_;  // to folders: looked at when nothing else is left
  std::vector<Visit> linked_files_;
  std::unordered_set<std::string> visited_;  // real path and index
  std::unordered_set<std::string> taken_;    // real paths of files
  std::map<std::string, LeftOutReason> left_out_;
  WalkedFiles walked_;
};

Result<std::vector<Entry>> FolderWalk::entries_of(const std::string& folder) const {
  const auto fail = [&] {
    return Error::environment(fmt::format("cannot read the folder `{}`: {}", shown(folder), std::strerror(errno)))
        .with_help("allow it to be read, or name by a pattern what is to be read without it");
  };
  const std::unique_ptr<DIR, CloseFolder> stream(::opendir(folder.empty() ? "." : folder.c_str()));
  if (stream == nullptr) return fail();
  std::vector<Entry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({name, kind_of(*entry, folder)});
    errno = 0;
  }
  if (errno != 0) return fail();
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

/// Goes into an entry, or takes it when it is a file and no segments are left.
void FolderWalk::go_on(const Visit& from, const Entry& entry, size_t index) {
  Visit to{joined(from.path, entry.name), joined(from.real, entry.name), index, from.is_by_link};
  if (entry.kind == EntryKind::kFolder) {
    next_.push_back(std::move(to));
  } else if (entry.kind == EntryKind::kFile) {
    if (index == segments_.size()) add_file(to.path, to.real, to.is_by_link);
  } else {
    to.real = real_path(to.path);
    to.is_by_link = true;
    const bool leads_to_folder = is_folder(to.path);
    if (leads_to_folder && is_within(from.real, to.real)) {
      leave_out(LeftOutReason::kLoop, to.path);
    } else if (leads_to_folder) {
      links_.insert(std::move(to));
    } else if (index == segments_.size()) {
      linked_files_.push_back(std::move(to));
    }
  }
}

void FolderWalk::add_file(const std::string& path, const std::string& real, bool is_by_link) {
  if (taken_.insert(real).second) {
    walked_.files.push_back({path, is_by_link});
  } else {
    leave_out(LeftOutReason::kReachedAgain, path);
  }
}

/// A segment without a glob is followed as it is written, whether it is hidden or a link.
void FolderWalk::take_named(const Visit& visit) {
  const std::string path = joined(visit.path, segments_[visit.index]);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return;
  const std::string real = real_path(path);
  if (S_ISDIR(status.st_mode)) {
    next_.push_back({path, real, visit.index + 1, visit.is_by_link});
  } else if (visit.index + 1 == segments_.size()) {
    add_file(path, real, visit.is_by_link);
  }
}

/// The segment at the visit's index has a glob.
Status FolderWalk::match_names(const Visit& visit, const std::vector<Entry>& entries) {
  const std::string& segment = segments_[visit.index];
  const bool is_any_depth = segment == "**";
  if (is_any_depth) next_.push_back({visit.path, visit.real, visit.index + 1, visit.is_by_link});
  for (const Entry& entry : entries) {
    if (is_any_depth ? entry.kind == EntryKind::kFile : !matches_wildcards(segment, entry.name)) continue;
    if (!is_passed_over(segment, entry.name)) {
      go_on(visit, entry, is_any_depth ? visit.index : visit.index + 1);
    } else {
      leave_out(LeftOutReason::kHidden, joined(visit.path, entry.name));
    }
  }
  return {};
}

/// No segments are left: the folder stands for the files of the format below it.
Status FolderWalk::search(const Visit& visit, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const std::string path = joined(visit.path, entry.name);
    const bool may_be_file = entry.kind == EntryKind::kFile || (entry.kind == EntryKind::kLink && !is_folder(path));
    if (is_hidden(entry.name)) {
      leave_out(LeftOutReason::kHidden, path);
    } else if (may_be_file && file_format_of_path(entry.name) != format_) {
      leave_out(LeftOutReason::kOtherFormat, path);
    } else {
      go_on(visit, entry, visit.index);
    }
  }
  return {};
}

Status FolderWalk::visit(const Visit& visit) {
  if (!visited_.insert(fmt::format("{}/{}", visit.index, visit.real)).second) {
    if (visit.is_by_link) leave_out(LeftOutReason::kReachedAgain, visit.path);
    return {};
  }
  if (walked_.files.size() > kFilesMax) {
    return Error::data(fmt::format("there are more than {} files below `{}`", kFilesMax, shown(visit.path)))
        .with_help("join them into larger files, or name fewer");
  }
  const bool is_at_end = visit.index == segments_.size();
  if (!is_at_end && !has_glob(segments_[visit.index])) {
    take_named(visit);
    return {};
  }
  ASSIGN_OR_RETURN(const std::vector<Entry> entries, entries_of(visit.path));
  for (const Entry& entry : entries) {
    if (walked_.table) break;
    walked_.table = table_of_log(joined(visit.path, entry.name));
  }
  return is_at_end ? search(visit, entries) : match_names(visit, entries);
}

void FolderWalk::add_linked_files() {
  std::sort(linked_files_.begin(), linked_files_.end(), ByPath());
  // A link to nothing is opened, so that its error says so.
  for (const Visit& file : linked_files_) add_file(file.path, file.real.empty() ? file.path : file.real, true);
}

Result<WalkedFiles> FolderWalk::run(const std::string& start) {
  next_.push_back({start, real_path(start.empty() ? "." : start), 0, false});
  while (!next_.empty() || !links_.empty()) {
    const bool is_link = next_.empty();
    const Visit one = is_link ? *links_.begin() : next_.back();
    if (is_link) {
      links_.erase(links_.begin());
    } else {
      next_.pop_back();
    }
    RETURN_IF_ERROR(visit(one));
  }
  add_linked_files();
  std::sort(walked_.files.begin(), walked_.files.end(),
            [](const WalkedFile& a, const WalkedFile& b) { return a.path < b.path; });
  for (const auto& [path, reason] : left_out_) walked_.left_out.add(reason, shown(path));
  return std::move(walked_);
}

}  // namespace

Result<WalkedFiles> walk_folders(const std::string& start, const std::vector<std::string>& segments, FileFormat format,
                                 const std::string& prefix) {
  // `a/**/**` is `a/**`, and each one more would only be work.
  std::vector<std::string> plain;
  for (const std::string& each : segments) {
    if (each != "**" || plain.empty() || plain.back() != "**") plain.push_back(each);
  }
  return FolderWalk(plain, format, prefix).run(start);
}

}  // namespace headrace
