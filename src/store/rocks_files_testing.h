#pragma once

/// RocksDB's file system over one of ours, so that a store crashes and fails where a test says so (FaultyFileSystem).
///
///   FaultyFileSystem files;
///   const auto env = rocks_env_over(files);
///   auto log = open_rocks_event_log_over("store", files, env.get());

#include "base/file_system.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

inline rocksdb::IOStatus rocks_status(const Status& status) {
  if (status.ok()) return rocksdb::IOStatus::OK();
  const std::string& why = status.error().message();
  if (why.find("No space left") != std::string::npos) return rocksdb::IOStatus::NoSpace(why);
  if (why.find("no such file") != std::string::npos) return rocksdb::IOStatus::PathNotFound(why);
  return rocksdb::IOStatus::IOError(why);
}

class RocksReadFile : public rocksdb::FSSequentialFile, public rocksdb::FSRandomAccessFile {
 public:
  explicit RocksReadFile(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}

  rocksdb::IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions&, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext*) const override {
    const Result<std::string> bytes = file_->read_at(static_cast<int64_t>(offset), static_cast<int64_t>(size));
    if (!bytes) return rocks_status(bytes.error());
    std::copy_n(bytes->data(), bytes->size(), scratch);
    *result = rocksdb::Slice(scratch, bytes->size());
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Read(size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) override {
    const rocksdb::IOStatus status = Read(at_, size, options, result, scratch, context);
    if (status.ok()) at_ += result->size();
    return status;
  }
  rocksdb::IOStatus Skip(uint64_t size) override {
    at_ += size;
    return rocksdb::IOStatus::OK();
  }
  bool use_direct_io() const override { return false; }
  size_t GetRequiredBufferAlignment() const override { return rocksdb::kDefaultPageSize; }
  rocksdb::IOStatus InvalidateCache(size_t, size_t) override { return rocksdb::IOStatus::OK(); }
  rocksdb::Temperature GetTemperature() const override { return rocksdb::Temperature::kUnknown; }

 private:
  const std::unique_ptr<ReadableFile> file_;
  uint64_t at_ = 0;
};

class RocksWriteFile : public rocksdb::FSWritableFile {
 public:
  RocksWriteFile(std::unique_ptr<WritableFile> file, uint64_t size) : file_(std::move(file)), size_(size) {}

  using rocksdb::FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const Status status = file_->append({data.data(), data.size()});
    if (status.ok()) size_ += data.size();
    return rocks_status(status);
  }
  rocksdb::IOStatus Truncate(uint64_t, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();  // asked for when a file is closed, and nothing was written beyond its end
  }
  rocksdb::IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocks_status(file_->sync());
  }
  bool IsSyncThreadSafe() const override { return true; }
  rocksdb::IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocks_status(file_->close());
  }
  uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return size_; }

 private:
  const std::unique_ptr<WritableFile> file_;
  uint64_t size_;
};

class RocksFolder : public rocksdb::FSDirectory {
 public:
  RocksFolder(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocks_status(files_.sync_folder(path_));
  }

 private:
  FileSystem& files_;
  const std::string path_;
};

class RocksFiles : public rocksdb::FileSystem {
  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using Context = rocksdb::IODebugContext;

 public:
  explicit RocksFiles(headrace::FileSystem& files) : files_(files) {}
  const char* Name() const override { return "headrace"; }

  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* out, Context*) override {
    return open(path, out);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* out, Context*) override {
    return open(path, out);
  }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* out, Context*) override {
    if (const Result<bool> is_there = files_.exists(path); is_there.ok() && *is_there) {
      if (const Status removed = files_.remove(path); !removed.ok()) return rocks_status(removed);
    }
    Result<std::unique_ptr<WritableFile>> file = files_.create(path, {});
    if (!file) return rocks_status(file.error());
    *out = std::make_unique<RocksWriteFile>(*std::move(file), 0);
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* out, Context*) override {
    const Result<FileInfo> info = files_.info(path);
    Result<std::unique_ptr<WritableFile>> file = files_.append_to(path);
    if (!info || !file) return rocks_status(info ? file.error() : info.error());
    *out = std::make_unique<RocksWriteFile>(*std::move(file), static_cast<uint64_t>(info->bytes));
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* out,
                        Context*) override {
    *out = std::make_unique<RocksFolder>(files_, path);
    return IOStatus::OK();
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, Context*) override {
    const Result<bool> is_there = files_.exists(path);
    if (!is_there) return rocks_status(is_there.error());
    return *is_there ? IOStatus::OK() : IOStatus::NotFound(path);
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* out, Context*) override {
    Result<std::vector<std::string>> names = files_.list(path);
    if (!names) return rocks_status(names.error());
    *out = *std::move(names);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, Context*) override {
    return rocks_status(files_.remove(path));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, Context*) override {
    return rocks_status(files_.remove(path));
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, Context*) override {
    return rocks_status(files_.make_folders(path));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, Context*) override {
    return rocks_status(files_.make_folders(path));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&, Context*) override {
    return rocks_status(files_.rename(from, to));
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions&, Context*) override {
    return rocks_status(files_.truncate(path, static_cast<int64_t>(size)));
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* out, Context*) override {
    const Result<FileInfo> info = files_.info(path);
    if (!info) return rocks_status(info.error());
    *out = static_cast<uint64_t>(info->bytes);
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* out, Context*) override {
    *out = 0;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* out, Context*) override {
    const Result<FileInfo> info = files_.info(path);
    if (!info) return rocks_status(info.error());
    *out = info->is_folder;
    return IOStatus::OK();
  }

  /// One process has these files, so a lock is a name in a set.
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** out, Context*) override {
    const std::lock_guard lock(mutex_);
    if (!locked_.insert(path).second) return IOStatus::IOError("lock hold by current process: " + path);
    *out = new Lock(path);  // RocksDB's interface: given back to UnlockFile
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* held, const IOOptions&, Context*) override {
    const std::lock_guard lock(mutex_);
    const std::unique_ptr<Lock> mine(static_cast<Lock*>(held));
    locked_.erase(mine->path);
    return IOStatus::OK();
  }

  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* out, Context*) override {
    *out = std::make_shared<Silence>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* out, Context*) override {
    *out = path;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string*, Context*) override { return IOStatus::NotSupported(); }

 private:
  struct Lock : rocksdb::FileLock {
    explicit Lock(std::string path) : path(std::move(path)) {}
    const std::string path;
  };
  struct Silence : rocksdb::Logger {
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
  };

  template <typename File>
  IOStatus open(const std::string& path, std::unique_ptr<File>* out) {
    Result<std::unique_ptr<ReadableFile>> file = files_.open(path);
    if (!file) return rocks_status(file.error());
    *out = std::make_unique<RocksReadFile>(*std::move(file));
    return IOStatus::OK();
  }

  headrace::FileSystem& files_;
  std::mutex mutex_;
  std::set<std::string> locked_;
};

/// The files live longer.
inline std::unique_ptr<rocksdb::Env> rocks_env_over(FileSystem& files) {
  return rocksdb::NewCompositeEnv(std::make_shared<RocksFiles>(files));
}

}  // namespace headrace
