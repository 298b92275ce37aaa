#include "base/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace headrace {
namespace {

/// Direct writes take whole blocks from aligned memory.
constexpr size_t kBlockBytes = 4096;
constexpr size_t kStageBytes = 1 << 20;

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

 protected:
  int number() const { return descriptor_.number(); }

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

 private:
  Status write_out(const char* bytes, size_t size) {
    const int code = write_fully(descriptor_.number(), bytes, size);
    if (code != 0) return system_error("write", path_, code);
    return {};
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

/// A file that nobody sees before it is whole.
class NamelessFile : public RealWritableFile {
 public:
  NamelessFile(Descriptor descriptor, const std::string& path)
      : RealWritableFile(std::move(descriptor), path, false), path_(path) {}

  Status close() override {
    RETURN_IF_ERROR(flush_stage());
    const std::string open_file = fmt::format("/proc/self/fd/{}", number());
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return system_error("create", path_, errno);
    }
    return RealWritableFile::close();
  }

 private:
  const std::string path_;
};

class RealReadableFile : public ReadableFile {
 public:
  RealReadableFile(Descriptor descriptor, std::string path, int64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  int64_t size() const override { return size_; }

  Result<std::string> read_at(int64_t offset, int64_t bytes) override {
    std::string text(static_cast<size_t>(std::clamp<int64_t>(size_ - offset, 0, bytes)), '\0');
    size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t got = ::pread(descriptor_.number(), text.data() + filled, text.size() - filled,
                                  static_cast<off_t>(offset) + static_cast<off_t>(filled));
      if (got < 0 && errno != EINTR) return system_error("read", path_, errno);
      if (got == 0) break;  // somebody has shortened it
      if (got > 0) filled += static_cast<size_t>(got);
    }
    text.resize(filled);
    return text;
  }

 private:
  Descriptor descriptor_;
  std::string path_;
  int64_t size_;
};

}  // namespace

Error system_error(std::string_view action, const std::string& path, int code) {
  Error error = Error::environment(fmt::format("cannot {} {}: {}", action, path, std::strerror(code)));
  if (code == ENOSPC || code == EDQUOT) return error.with_help("free some space, then try again");
  if (code == EACCES || code == EPERM || code == EROFS) return error.with_help("check the permissions of the folder");
  return error;
}

std::unique_ptr<WritableFile> writable_file(Descriptor descriptor, std::string path, bool direct) {
  return std::make_unique<RealWritableFile>(std::move(descriptor), std::move(path), direct);
}

std::unique_ptr<WritableFile> nameless_file(const std::string& path) {
  if (::access("/proc/self/fd", X_OK) != 0) return nullptr;
  Descriptor descriptor(::open(folder_of(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666));
  if (descriptor.number() < 0) return nullptr;
  return std::make_unique<NamelessFile>(std::move(descriptor), path);
}

std::unique_ptr<ReadableFile> readable_file(Descriptor descriptor, std::string path, int64_t size) {
  return std::make_unique<RealReadableFile>(std::move(descriptor), std::move(path), size);
}

}  // namespace headrace
