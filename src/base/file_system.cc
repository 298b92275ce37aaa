#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace headrace {
namespace {

/// Direct writes take whole blocks from aligned memory.
constexpr size_t kBlockBytes = 4096;
constexpr size_t kStageBytes = 1 << 20;

Error system_error(std::string_view action, const std::string& path, int code) {
  Error error = Error::environment(fmt::format("cannot {} {}: {}", action, path, std::strerror(code)));
  if (code == ENOSPC || code == EDQUOT) return error.with_help("free some space, then run the command again");
  if (code == EACCES || code == EPERM || code == EROFS) return error.with_help("check the permissions of the folder");
  return error;
}

/// An open descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Returns 0 or the errno.
int write_fully(int descriptor, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

struct FreeAligned {
  void operator()(char* bytes) const { std::free(bytes); }
};

/// Collects bytes in an aligned stage. In direct mode whole blocks leave it past the page cache; the tail, which is
/// not a whole block, is written the ordinary way at sync or close, and so is all that follows it.
class RealWritableFile : public WritableFile {
 public:
  RealWritableFile(Descriptor descriptor, std::string path, bool direct)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), direct_(direct) {
    stage_.reset(static_cast<char*>(std::aligned_alloc(kBlockBytes, kStageBytes)));
    CHECK(stage_ != nullptr);
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (staged_ == 0 && !direct_ && bytes.size() >= kStageBytes) return write_out(bytes.data(), bytes.size());
      const size_t taken = std::min(bytes.size(), kStageBytes - staged_);
      std::memcpy(stage_.get() + staged_, bytes.data(), taken);
      staged_ += taken;
      bytes.remove_prefix(taken);
      if (staged_ == kStageBytes) RETURN_IF_ERROR(flush_stage());
    }
    return {};
  }

  Status sync() override {
    RETURN_IF_ERROR(flush_stage());
    if (::fsync(descriptor_.number()) != 0) return system_error("write to the disk", path_, errno);
    return {};
  }

  Status close() override {
    RETURN_IF_ERROR(flush_stage());
    if (::close(descriptor_.release()) != 0) return system_error("close", path_, errno);
    return {};
  }

 private:
  Status write_out(const char* bytes, size_t size) {
    const int code = write_fully(descriptor_.number(), bytes, size);
    if (code != 0) return system_error("write", path_, code);
    return {};
  }

  Status flush_stage() {
    const size_t size = std::exchange(staged_, 0);
    if (size == 0) return {};
    if (direct_ && size % kBlockBytes != 0) {
      const size_t blocks = size / kBlockBytes * kBlockBytes;
      RETURN_IF_ERROR(write_out(stage_.get(), blocks));
      RETURN_IF_ERROR(leave_direct_mode());
      return write_out(stage_.get() + blocks, size - blocks);
    }
    return write_out(stage_.get(), size);
  }

  Status leave_direct_mode() {
    direct_ = false;
    const int flags = ::fcntl(descriptor_.number(), F_GETFL);
    if (flags < 0 || ::fcntl(descriptor_.number(), F_SETFL, flags & ~O_DIRECT) != 0) {
      return system_error("write", path_, errno);
    }
    return {};
  }

  Descriptor descriptor_;
  std::string path_;
  bool direct_;
  std::unique_ptr<char, FreeAligned> stage_;
  size_t staged_ = 0;
};

class RealFolderLock : public FolderLock {
 public:
  explicit RealFolderLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) override {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    bool direct = options.bypass_cache;
    int number = ::open(path.c_str(), direct ? kFlags | O_DIRECT : kFlags, 0666);
    if (number < 0 && direct && errno == EINVAL) {
      direct = false;
      number = ::open(path.c_str(), kFlags, 0666);
    }
    if (number < 0) return system_error("create", path, errno);
    return {std::make_unique<RealWritableFile>(Descriptor(number), path, direct)};
  }

  Result<std::string> read_file(const std::string& path) override {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.number() < 0) return system_error("read", path, errno);
    std::string bytes;
    struct stat status{};
    if (::fstat(descriptor.number(), &status) == 0) bytes.reserve(static_cast<size_t>(status.st_size));
    char buffer[1 << 16];
    while (true) {
      const ssize_t got = ::read(descriptor.number(), buffer, sizeof buffer);
      if (got == 0) return bytes;
      if (got > 0) bytes.append(buffer, static_cast<size_t>(got));
      if (got < 0 && errno != EINTR) return system_error("read", path, errno);
    }
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename to " + to + " the file", from, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return system_error("remove", path, errno);
    return {};
  }

  Status remove_all(const std::string& path) override {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) return {};
      return system_error("remove", path, errno);
    }
    if (S_ISDIR(status.st_mode)) {
      ASSIGN_OR_RETURN(const std::vector<std::string> names, list(path));
      for (const std::string& name : names) RETURN_IF_ERROR(remove_all(join_path(path, name)));
    }
    return remove(path);
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    DIR* const stream = ::opendir(folder.c_str());
    if (stream == nullptr) return system_error("list", folder, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int code = errno;
    ::closedir(stream);
    if (code != 0) return system_error("list", folder, code);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_folders(const std::string& folder) override {
    if (::mkdir(folder.c_str(), 0777) == 0) return {};
    int code = errno;
    if (code == ENOENT && folder_of(folder) != folder) {
      RETURN_IF_ERROR(make_folders(folder_of(folder)));
      if (::mkdir(folder.c_str(), 0777) == 0) return {};
      code = errno;
    }
    struct stat status{};
    if (code == EEXIST && ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    return system_error("make the folder", folder, code);
  }

  Status sync_folder(const std::string& folder) override {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0 || ::fsync(descriptor.number()) != 0) {
      return system_error("write to the disk", folder, errno);
    }
    return {};
  }

  Result<bool> exists(const std::string& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return system_error("look at", path, errno);
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return system_error("look at", path, errno);
    return FileInfo{.bytes = status.st_size,
                    .modified_us = status.st_mtim.tv_sec * int64_t{1'000'000} + status.st_mtim.tv_nsec / 1000,
                    .is_folder = S_ISDIR(status.st_mode),
                    .is_special = !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)};
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) override {
    Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) return system_error("lock", folder, errno);
    if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_error("lock", folder, errno);
      return Error::unavailable(fmt::format("another process is writing to {}", folder))
          .with_help("wait until it is done, then run the command again");
    }
    return {std::make_unique<RealFolderLock>(std::move(descriptor))};
  }
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem files;
  return files;
}

Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(temporary, {}));
  RETURN_IF_ERROR(file->append(bytes));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(file->close());
  RETURN_IF_ERROR(files.rename(temporary, path));
  return files.sync_folder(folder_of(path));
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return fmt::format("{}{}{}", folder, folder.back() == '/' ? "" : "/", name);
}

std::string folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace headrace
