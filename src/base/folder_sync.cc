#include "base/folder_sync.h"

#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace headrace {
namespace {

constexpr long kF2fs = 0xF2F52010;
constexpr long kXfs = 0x58465342;
/// Whose sync waits for the disk. Others, such as FUSE, hand the bytes to a server that may keep them in memory.
constexpr long kKnown[] = {EXT4_SUPER_MAGIC, kXfs,        BTRFS_SUPER_MAGIC,    kF2fs,
                           TMPFS_MAGIC,      RAMFS_MAGIC, OVERLAYFS_SUPER_MAGIC};

/// From Linux 5.8 on syncfs says when something could not be written since the descriptor was opened.
bool tells_failures() {
  utsname system{};
  int major = 0, minor = 0;
  if (::uname(&system) != 0 || std::sscanf(system.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 5 || (major == 5 && minor >= 8);
}

class SystemSync : public FolderSync {
 public:
  SystemSync(Descriptor folder, std::string shown) : folder_(std::move(folder)), shown_(std::move(shown)) {}

  Status sync() override {
    if (::syncfs(folder_.number()) != 0) return system_error("write to the disk", shown_, errno);
    return {};
  }

 private:
  Descriptor folder_;  // open since the beginning: failures are counted from there
  std::string shown_;
};

}  // namespace

Result<std::unique_ptr<FolderSync>> sync_of_folder(Descriptor folder, std::string shown) {
  struct statfs status{};
  if (::fstatfs(folder.number(), &status) != 0) return system_error("look at", shown, errno);
  const bool is_known = std::find(std::begin(kKnown), std::end(kKnown), status.f_type) != std::end(kKnown);
  if (!is_known || !tells_failures()) return {std::unique_ptr<FolderSync>()};
  return {std::make_unique<SystemSync>(std::move(folder), std::move(shown))};
}

}  // namespace headrace
