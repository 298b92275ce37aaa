#include "base/real_file_system.h"

#include "base/descriptor.h"
#include "base/folder_sync.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace headrace {
namespace {

int64_t microseconds(const timespec& time) { return time.tv_sec * int64_t{1'000'000} + time.tv_nsec / 1000; }

class RealFolderLock : public FolderLock {
 public:
  explicit RealFolderLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

/// All files of the system, or those below a folder. Each call leads to the folder of a name first and acts on the name
/// in it; below a folder the way there is guarded.
class RealFileSystem : public FileSystem {
 public:
  RealFileSystem() = default;
  RealFileSystem(Descriptor root, std::string shown, Descent descent)
      : root_(std::move(root)), shown_(std::move(shown)), descent_(descent) {}

  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) override {
    if (options.is_named_at_close && !is_guarded()) {
      if (std::unique_ptr<WritableFile> file = nameless_file(path)) return {std::move(file)};
    }
    ASSIGN_OR_RETURN(Descriptor file, open_path("create", path, O_WRONLY | O_CREAT | O_EXCL));
    // Not every file system can write past the page cache.
    const bool direct = options.bypass_cache && ::fcntl(file.number(), F_SETFL, O_DIRECT) == 0;
    return {writable_file(std::move(file), shown(path), direct)};
  }

  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor file, open_file("write", path, O_WRONLY | O_APPEND));
    return {writable_file(std::move(file), shown(path), false)};
  }

  Status truncate(const std::string& path, int64_t bytes) override {
    ASSIGN_OR_RETURN(const Descriptor file, open_file("shorten", path, O_WRONLY));
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return system_error("shorten", shown(path), errno);
    if (status.st_size < bytes) return Error::data(fmt::format("{} has fewer than {} bytes", shown(path), bytes));
    if (::ftruncate(file.number(), bytes) != 0) return system_error("shorten", shown(path), errno);
    return {};
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor file, open_file("read", path, O_RDONLY));
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return system_error("read", shown(path), errno);
    return {readable_file(std::move(file), shown(path), status.st_size)};
  }

  Status rename(const std::string& from, const std::string& to) override {
    ASSIGN_OR_RETURN(const Place source, place_of("rename", from));
    ASSIGN_OR_RETURN(const Place target, place_of("rename", to));
    if (::renameat(source.folder(), source.name.c_str(), target.folder(), target.name.c_str()) != 0) {
      return system_error("rename to " + shown(to) + " the file", shown(from), errno);
    }
    return {};
  }

  Status remove(const std::string& path) override {
    ASSIGN_OR_RETURN(const Place place, place_of("remove", path));
    if (::unlinkat(place.folder(), place.name.c_str(), 0) == 0) return {};
    if (errno == EISDIR && ::unlinkat(place.folder(), place.name.c_str(), AT_REMOVEDIR) == 0) return {};
    return system_error("remove", shown(path), errno);
  }

  Status remove_all(const std::string& path) override {
    ASSIGN_OR_RETURN(const Place place, place_of("remove", path));
    struct stat status{};
    if (::fstatat(place.folder(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};
      return system_error("remove", shown(path), errno);
    }
    if (S_ISDIR(status.st_mode)) {
      ASSIGN_OR_RETURN(const std::vector<std::string> names, list(path));
      for (const std::string& name : names) RETURN_IF_ERROR(remove_all(join_path(path, name)));
    }
    return remove(path);
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    ASSIGN_OR_RETURN(Descriptor descriptor, open_folder("list", folder));
    DIR* const stream = ::fdopendir(descriptor.number());
    if (stream == nullptr) return system_error("list", shown(folder), errno);
    descriptor.release();  // of the stream now
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int code = errno;
    ::closedir(stream);
    if (code != 0) return system_error("list", shown(folder), code);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_folders(const std::string& folder) override {
    if (is_root(folder)) return {};
    RETURN_IF_ERROR(check_path(folder));
    int code = make_folder(folder);
    if (code == ENOENT && folder_of(folder) != folder && folder_of(folder) != ".") {
      RETURN_IF_ERROR(make_folders(folder_of(folder)));
      code = make_folder(folder);
    }
    if (code == 0) return {};
    if (code == EEXIST) {
      ASSIGN_OR_RETURN(const FileInfo there, info(folder));
      if (there.is_folder) return {};
      if (there.is_special && is_guarded()) code = ELOOP;  // the link itself was looked at
    }
    return failure("make the folder", folder, code);
  }

  Status sync_folder(const std::string& folder) override {
    ASSIGN_OR_RETURN(const Descriptor descriptor, open_folder("write to the disk", folder));
    if (::fsync(descriptor.number()) != 0) return system_error("write to the disk", shown(folder), errno);
    return {};
  }

  Result<std::unique_ptr<FolderSync>> begin_folder_sync(const std::string& folder) override {
    ASSIGN_OR_RETURN(Descriptor descriptor, open_folder("write to the disk", folder));
    return sync_of_folder(std::move(descriptor), shown(folder));
  }

  Result<bool> exists(const std::string& path) override {
    RETURN_IF_ERROR(check_path(path));
    struct stat status{};
    const int code = stat_of(path, status);
    if (code == 0) return true;
    if (code == ENOENT || code == ENOTDIR) return false;
    return failure("look at", path, code);
  }

  Result<FileInfo> info(const std::string& path) override {
    RETURN_IF_ERROR(check_path(path));
    struct stat status{};
    const int code = stat_of(path, status);
    if (code != 0) return failure("look at", path, code);
    return FileInfo{.bytes = status.st_size,
                    .modified_us = microseconds(status.st_mtim),
                    .changed_us = microseconds(status.st_ctim),
                    .inode = static_cast<int64_t>(status.st_ino),
                    .is_folder = S_ISDIR(status.st_mode),
                    .is_special = !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)};
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) override {
    ASSIGN_OR_RETURN(Descriptor descriptor, open_folder("lock", folder));
    if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_error("lock", shown(folder), errno);
      return Error::unavailable(fmt::format("another process is writing to {}", shown(folder)))
          .with_help("wait until it is done, then try again");
    }
    return {std::make_unique<RealFolderLock>(std::move(descriptor))};
  }

  Result<std::unique_ptr<FileSystem>> below(const std::string& folder) override {
    ASSIGN_OR_RETURN(Descriptor root, open_folder("open", folder));
    return {std::make_unique<RealFileSystem>(std::move(root), shown(folder), descent_)};
  }

  std::string shown(const std::string& path) const override {
    return join_path(shown_, is_guarded() && is_root(path) ? "" : path);
  }

 private:
  /// A name in an open folder.
  struct Place {
    Descriptor owned;  // of the folder
    std::string name;
    int folder() const { return owned.number() < 0 ? AT_FDCWD : owned.number(); }
  };

  bool is_guarded() const { return root_.number() >= 0; }
  static bool is_root(const std::string& path) { return path.empty() || path == "."; }
  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  Error failure(const char* action, const std::string& path, int code) const {
    if (!is_guarded() || code != ELOOP) return system_error(action, shown(path), code);
    return Error::data(fmt::format("cannot {} {}: it is a symbolic link, or leads through one", action, shown(path)))
        .with_help(fmt::format("links are not followed below {}: put the folder or file itself there", shown_));
  }

  /// errno stays that of the open.
  Result<Descriptor> open_path(const char* action, const std::string& path, int flags) const {
    if (!is_guarded()) {
      const int number = ::open(path.empty() ? "." : path.c_str(), flags | O_CLOEXEC, 0666);
      if (number < 0) return system_error(action, path, errno);
      return Descriptor(number);
    }
    RETURN_IF_ERROR(check_path(path));
    const int number = open_beneath(root_.number(), path, flags | O_NOFOLLOW, 0666, descent_);
    const int code = errno;
    if (number >= 0) return Descriptor(number);
    Error error = failure(action, path, code);
    errno = code;
    return error;
  }

  /// A regular file. Nobody waits for the other end of a pipe.
  Result<Descriptor> open_file(const char* action, const std::string& path, int flags) const {
    ASSIGN_OR_RETURN(Descriptor file, open_path(action, path, flags | O_NONBLOCK | O_NOCTTY));
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return system_error(action, shown(path), errno);
    if (S_ISREG(status.st_mode)) return file;
    const char* const kind = S_ISDIR(status.st_mode) ? "a folder" : "a pipe or a device";
    return Error::environment(fmt::format("{} is {}, not a file", shown(path), kind));
  }

  Result<Descriptor> open_folder(const char* action, const std::string& path) const {
    if (!is_guarded() || !is_root(path)) return open_path(action, path, O_RDONLY | O_DIRECTORY);
    const int number = ::openat(root_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (number < 0) return system_error(action, shown(path), errno);
    return Descriptor(number);
  }

  Result<Place> place_of(const char* action, const std::string& path) const {
    if (!is_guarded()) return Place{Descriptor(-1), path};
    RETURN_IF_ERROR(check_path(path));
    Descriptor folder(open_folder_above(path));
    if (folder.number() < 0) return failure(action, path, errno);
    return Place{std::move(folder), name_of(path)};
  }

  Status check_path(const std::string& path) const {
    if (!is_guarded() || is_root(path) || is_plain_path(path)) return {};
    return Error::data(fmt::format("`{}` is no path below {}", path, shown_));
  }

  /// Returns -1, with errno, where it cannot be opened. REQUIRES: guarded, and the path is plain.
  int open_folder_above(const std::string& path) const {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ::openat(root_.number(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return open_beneath(root_.number(), path.substr(0, slash), O_PATH | O_DIRECTORY, 0, descent_);
  }

  /// Returns 0 or the errno. Below a folder a link is looked at itself. REQUIRES: check_path.
  int stat_of(const std::string& path, struct stat& status) const {
    if (!is_guarded()) return ::stat(path.empty() ? "." : path.c_str(), &status) == 0 ? 0 : errno;
    if (is_root(path)) return ::fstat(root_.number(), &status) == 0 ? 0 : errno;
    const Descriptor folder(open_folder_above(path));
    if (folder.number() < 0) return errno;
    return ::fstatat(folder.number(), name_of(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
  }

  /// Returns 0 or the errno. REQUIRES: check_path.
  int make_folder(const std::string& path) const {
    if (!is_guarded()) return ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno;
    const Descriptor folder(open_folder_above(path));
    if (folder.number() < 0) return errno;
    return ::mkdirat(folder.number(), name_of(path).c_str(), 0777) == 0 ? 0 : errno;
  }

  Descriptor root_{-1};  // -1: all files of the system
  std::string shown_;
  Descent descent_ = Descent::kBySystem;
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem files;
  return files;
}

Result<std::unique_ptr<FileSystem>> files_below(const std::string& folder, Descent descent) {
  Descriptor root(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.number() < 0) return system_error("open", folder, errno);
  return {std::make_unique<RealFileSystem>(std::move(root), folder, descent)};
}

}  // namespace headrace
