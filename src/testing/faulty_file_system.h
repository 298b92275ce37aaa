#pragma once

/// Files in memory that crash when a test says so.
///
///   FaultyFileSystem files;
///   files.crash_at(17);                     // the 17th change and all after it fail, as if the process were gone
///   EXPECT_FALSE(save(files).ok());
///   files.restart(Loss::kUnsyncedNames);    // what the next process finds
///   EXPECT_TRUE(load(files).ok());

#include "base/file_system.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace headrace {

/// What a crash takes away.
enum class Loss {
  kNothing,        // the process was killed, the machine went on
  kUnsyncedBytes,  // the machine stopped; files have half of what was appended since their last sync
  kUnsyncedNames,  // and folders are as at their last sync_folder
};
inline constexpr Loss kLosses[] = {Loss::kNothing, Loss::kUnsyncedBytes, Loss::kUnsyncedNames};

/// A change is a create, append, truncate, sync, close, rename, remove, make_folders of a folder that was not there, or
/// sync_folder, FolderSync::sync. An append that crashes leaves half of its bytes. Once crashed, everything fails until restart().
///
/// Thread-safe.
class FaultyFileSystem : public FileSystem {
 public:
  FaultyFileSystem();
  ~FaultyFileSystem() override;

  /// The first change has number 1; 0: never.
  void crash_at(int64_t change);
  /// This change fails, and none after it. What was not synced when a sync failed stays so: a later one that succeeds
  /// has not written it.
  void fail_at(int64_t change);
  /// From this change on there is no space for a new name or a byte more.
  void fill_at(int64_t change);
  bool has_crashed() const;
  /// Changes since the last restart, the failed ones not counted.
  int64_t changes() const;
  /// Of these, those that wait for a disk.
  int64_t syncs() const;
  /// As a system that can sync files and folders only one by one.
  void lacks_folder_sync();
  void restart(Loss loss);
  /// All files with their bytes, by path.
  std::map<std::string, std::string> all_files() const;

  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) override;
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override;
  Status truncate(const std::string& path, int64_t bytes) override;
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_all(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status make_folders(const std::string& folder) override;
  Status sync_folder(const std::string& folder) override;
  Result<std::unique_ptr<FolderSync>> begin_folder_sync(const std::string& folder) override;
  Result<bool> exists(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) override;
  Result<std::unique_ptr<FileSystem>> below(const std::string& folder) override;

 private:
  struct Node;
  class OpenFile;
  class Snapshot;
  class SyncBelow;
  using NodePtr = std::shared_ptr<Node>;  // a file is reached by its name, as last synced too, and by who writes it

  Status begin_change(const std::string& action, const std::string& path);
  Status begin_sync(const std::string& path);
  Status check_alive() const;
  NodePtr find(const std::string& path) const;
  Status remove_locked(const std::string& path);

  mutable std::mutex mutex_;
  NodePtr root_;
  int64_t changes_ = 0;
  int64_t syncs_ = 0;
  bool has_folder_sync_ = true;
  int64_t crash_at_ = 0;
  int64_t fail_at_ = 0;
  int64_t fill_at_ = 0;
  bool has_crashed_ = false;
  int64_t life_ = 0;  // open files of an earlier one are dead
};

}  // namespace headrace
