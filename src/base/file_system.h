#pragma once

/// The files and folders that headrace writes, behind an interface, so that a test can crash between any two steps.
///
/// Paths are relative to the working folder or absolute, with `/`. Every failure is an Error of the environment that
/// names the path. What was written survives a crash of the machine only after WritableFile::sync, and a created,
/// renamed or removed name only after sync_folder of the folder that holds it.
///
///   ASSIGN_OR_RETURN(auto file, files.create("offline/manifest.json.tmp", {}));
///   RETURN_IF_ERROR(file->append(text));
///   RETURN_IF_ERROR(file->sync());
///   RETURN_IF_ERROR(file->close());

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A file that grows at its end. Not thread-safe. Destroying it without close() drops what was not yet written.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(std::string_view bytes) = 0;
  /// Makes the bytes appended so far survive a crash. After a failure the file must be given up: a second sync of
  /// the same file may succeed without having written anything.
  virtual Status sync() = 0;
  virtual Status close() = 0;
};

struct FileInfo {
  int64_t bytes = 0;
  int64_t modified_us = 0;  // since the epoch
  bool is_folder = false;
  bool is_special = false;  // neither a file nor a folder: a pipe, a device
};

/// How a file will be written.
struct CreateOptions {
  /// Bytes go past the page cache where the file system can do that. For large files that nobody reads at once.
  bool bypass_cache = false;
};

/// Held until destroyed; the system drops it when the process dies.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Makes an empty file, in place of one that is there.
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) = 0;
  virtual Result<std::string> read_file(const std::string& path) = 0;
  /// Replaces the file `to` in one step. REQUIRES: both lie in one file system.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file or an empty folder.
  virtual Status remove(const std::string& path) = 0;
  /// Removes a file, or a folder with all that it holds. Nothing there is success.
  virtual Status remove_all(const std::string& path) = 0;
  /// The names in a folder, in byte order.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  /// Makes a folder and those above it; one that is there is success.
  virtual Status make_folders(const std::string& folder) = 0;
  virtual Status sync_folder(const std::string& folder) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  /// Refuses when another process holds it.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) = 0;
};

/// The system's own files.
FileSystem& real_file_system();

/// Puts a whole file in place so that after a crash the name holds the old text or the new one: writes `path`.tmp,
/// syncs it, renames it, syncs the folder.
Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);

/// "a/b" for a and b; b when a is empty.
std::string join_path(std::string_view folder, std::string_view name);
/// What stands before the last `/`; "." when there is none.
std::string folder_of(std::string_view path);

}  // namespace headrace
