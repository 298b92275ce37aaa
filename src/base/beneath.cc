#include "base/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace headrace {
namespace {

/// The system may ask to try again when folders are renamed meanwhile.
constexpr int kAttemptsMax = 16;

int open_by_system(int root, const std::string& path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const long opened = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (opened >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(opened);
  }
  return -1;
}

bool is_link(int folder, const std::string& name) {
  struct stat status{};
  return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

int open_one(int folder, const std::string& name, int flags, unsigned mode) {
  const int opened = ::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
  // A link that is opened as a folder is said to be no folder.
  if (opened < 0 && errno == ENOTDIR) errno = is_link(folder, name) ? ELOOP : ENOTDIR;
  return opened;
}

int open_by_walk(int root, const std::string& path, int flags, unsigned mode) {
  int folder = root;
  size_t start = 0;
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', start)) {
    const int next = open_one(folder, path.substr(start, slash - start), O_PATH | O_DIRECTORY, 0);
    const int code = errno;
    if (folder != root) ::close(folder);
    errno = code;
    if (next < 0) return -1;
    folder = next;
    start = slash + 1;
  }

  const int opened = open_one(folder, path.substr(start), flags, mode);
  const int code = errno;
  if (folder != root) ::close(folder);
  errno = code;
  return opened;
}

}  // namespace

int open_beneath(int root, const std::string& path, int flags, unsigned mode, Descent descent) {
  if (descent == Descent::kBySystem) {
    const int opened = open_by_system(root, path, flags, mode);
    // Filters of containers refuse a call that they do not know as not permitted; the walk tells whether it is the file.
    const bool is_call_refused = opened < 0 && (errno == ENOSYS || errno == EPERM);
    if (!is_call_refused) return opened;
  }
  return open_by_walk(root, path, flags, mode);
}

}  // namespace headrace
