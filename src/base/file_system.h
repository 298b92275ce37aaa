#pragma once

/// The files and folders that headrace writes, behind an interface, so that a test can crash between any two steps.
///
/// Paths are relative to the working folder or absolute, with `/`. Every failure is an Error of the environment that
/// names the path. What was written survives a crash of the machine only after WritableFile::sync, and a created,
/// renamed or removed name only after sync_folder of the folder that holds it.
///
/// A folder that others may write to as well is used through below(): a file system of its own, which never leaves the
/// folder, follows no link, and takes no name such as `..`. What is read is a file or an Error: nobody waits for a pipe.
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
  int64_t changed_us = 0;   // of content or attributes, as only the system sets it; 0: not known
  int64_t inode = 0;        // 0: not known
  bool is_folder = false;
  bool is_special = false;  // neither a file nor a folder: a pipe, a device; below() also a link
};

/// A file that is read at any place. Thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual int64_t size() const = 0;
  /// Fewer bytes only where the file ends.
  virtual Result<std::string> read_at(int64_t offset, int64_t bytes) = 0;
};

/// A file that is read as a whole has at most so many bytes; a larger one is an Error of the data.
inline constexpr int64_t kWholeFileBytesMax = int64_t{256} << 20;

/// How a file will be written.
struct CreateOptions {
  /// Bytes go past the page cache where the file system can do that. For large files that nobody reads at once.
  bool bypass_cache = false;
  /// The file gets its name when it is closed, where the system can do that: a killed process leaves nothing behind. Not
  /// below a folder.
  bool is_named_at_close = false;
};

/// Held until destroyed; the system drops it when the process dies.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
  /// An Error where another process has got it meanwhile, which only object stores know. Ask before what counts.
  virtual Status check() const { return {}; }
};

/// Makes what was changed below a folder survive a crash in one step, however many files that is.
class FolderSync {
 public:
  virtual ~FolderSync() = default;
  /// For all files that were closed, and all names that were made, changed or removed, since the beginning. After a
  /// failure all of them must be given up, as with WritableFile::sync.
  virtual Status sync() = 0;
};

/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Makes an empty file; a name that is there already, also as a link, is an Error.
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) = 0;
  /// Goes on at the end of a file that is there.
  virtual Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) = 0;
  /// Shortens a file that is there to its first bytes.
  virtual Status truncate(const std::string& path, int64_t bytes) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;
  Result<std::string> read_file(const std::string& path);
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
  /// Begun before the first change that it is for. nullptr where the system cannot do it, or would not tell of a failure:
  /// then each file and each folder is synced by itself.
  virtual Result<std::unique_ptr<FolderSync>> begin_folder_sync(const std::string& folder) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  /// Refuses when another process holds it.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) = 0;

  /// The same files by paths from a folder that is there (its own path may have links, and is followed once). Each path
  /// is plain (is_plain_path), or empty for the folder itself; anything else, and a link on the way, is an Error of the
  /// data. Messages show whole paths. The file system that was asked must outlive the answer.
  virtual Result<std::unique_ptr<FileSystem>> below(const std::string& folder) = 0;
  /// A path as messages show it.
  virtual std::string shown(const std::string& path) const { return path; }
};

/// The system's own files.
FileSystem& real_file_system();

/// Makes a folder and those above it; gives those that were not there before, the deepest first.
Result<std::vector<std::string>> make_new_folders(FileSystem& files, const std::string& folder);
/// Removes those of them in which nothing is, from the first on.
Status remove_empty_folders(FileSystem& files, const std::vector<std::string>& folders);

/// Puts a whole file in place so that after a crash the name holds the old text or the new one: writes a new file,
/// syncs it, renames it, syncs the folder. The new file has a name of its own, temporary_name unless it is given.
Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);
Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes,
                             const std::string& temporary);

/// A file as it shall be; does not own the bytes.
struct WholeFile {
  std::string path;
  std::string_view bytes;
};

/// The same for many files, which the disk is asked once for: each name holds its old text or its new one. After an error
/// some are new. REQUIRES: `files` are those below a folder (FileSystem::below).
Status write_files_atomically(FileSystem& files, const std::vector<WholeFile>& wanted);

/// Where a file can be written before it is renamed to `path`: hidden beside it, a name that nobody can guess.
std::string temporary_name(const std::string& path);

/// A path from a folder that cannot lead out of it by its text: not empty, not absolute, no segment that is empty, `.`
/// or `..`, no control characters.
bool is_plain_path(std::string_view path);

/// below() for a file system without links, where a path is nothing but a name.
std::unique_ptr<FileSystem> named_below(FileSystem& files, std::string folder);

/// "a/b" for a and b; b when a is empty.
std::string join_path(std::string_view folder, std::string_view name);
/// What stands before the last `/`; "." when there is none.
std::string folder_of(std::string_view path);

}  // namespace headrace
