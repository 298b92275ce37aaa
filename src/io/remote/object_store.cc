#include "io/remote/object_store.h"

#include "io/arrow/remote_input.h"
#include "io/arrow/status.h"
#include "io/remote/object_lock.h"

#include <arrow/config.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/gcsfs.h>
#include <arrow/io/file.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace headrace {
namespace {

using StorePtr = std::shared_ptr<arrow::fs::FileSystem>;

constexpr std::string_view kCloudStorage = "gs://";
constexpr std::string_view kS3 = "s3://";
constexpr char kDefaultRegion[] = "us-east-1";
/// A service that does not answer for so long is told as an error; Arrow's own limit is a quarter of an hour.
constexpr double kRetrySeconds = 30;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// "http://127.0.0.1:9000" as scheme and host.
void set_endpoint(const std::string& url, std::string& scheme, std::string& host) {
  const size_t colon = url.find("://");
  if (colon != std::string::npos) scheme = url.substr(0, colon);
  host = colon == std::string::npos ? url : url.substr(colon + 3);
  while (host.ends_with('/')) host.pop_back();
}

arrow::Result<StorePtr> connect_cloud_storage() {
  const std::string emulator = environment("STORAGE_EMULATOR_HOST");
  auto options = emulator.empty() ? arrow::fs::GcsOptions::Defaults() : arrow::fs::GcsOptions::Anonymous();
  options.retry_limit_seconds = kRetrySeconds;
  if (!emulator.empty()) {
    options.scheme = "http";
    set_endpoint(emulator, options.scheme, options.endpoint_override);
  }
  return arrow::fs::GcsFileSystem::Make(options);
}

/// arrow::fs::EnsureS3Finalized of the loaded library; null: not loaded.
arrow::Status (*finalize_s3)() = nullptr;

void close_stores();

/// Arrow's client of S3 is a library of its own beside libarrow; it is loaded when it is needed.
arrow::Status load_s3() {
  static const arrow::Status loaded = [] {
    const arrow::BuildInfo& build = arrow::GetBuildInfo();
    Dl_info here{};
    if (::dladdr(reinterpret_cast<const void*>(&arrow::GetBuildInfo), &here) == 0) {
      return arrow::Status::IOError("libarrow cannot be found");
    }
    const std::string library = join_path(folder_of(here.dli_fname), "libarrow_s3.so." + build.so_version);
    ARROW_RETURN_NOT_OK(arrow::fs::LoadFileSystemFactories(library.c_str()));
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_NOLOAD);
    void* finalize = handle == nullptr ? nullptr : ::dlsym(handle, "_ZN5arrow2fs17EnsureS3FinalizedEv");
    finalize_s3 = reinterpret_cast<arrow::Status (*)()>(finalize);
    return arrow::Status::OK();
  }();
  return loaded;
}

arrow::Result<StorePtr> connect_s3(const std::string& bucket) {
  ARROW_RETURN_NOT_OK(load_s3());
  std::string region = environment("AWS_REGION");
  if (region.empty()) region = environment("AWS_DEFAULT_REGION");
  std::string uri = fmt::format("{}{}?", kS3, bucket);
  if (const std::string endpoint = environment("AWS_ENDPOINT_URL"); !endpoint.empty()) {
    std::string scheme = "https";
    std::string host;
    set_endpoint(endpoint, scheme, host);
    if (region.empty()) region = kDefaultRegion;
    uri += fmt::format("scheme={}&endpoint_override={}&", scheme, host);
  }
  // Without a region Arrow asks where the bucket is.
  if (!region.empty()) uri += "region=" + region;
  ARROW_ASSIGN_OR_RAISE(auto store, arrow::fs::FileSystemFromUri(uri));
  // Registered after what the client has registered for its own end, so that it runs before that.
  static const bool is_registered = std::atexit(close_stores) == 0;
  (void)is_registered;
  return store;
}

/// The stores in use.
class Stores {
 public:
  /// Lets go of all. S3's client wants to be shut down before its library's end, after the stores that use it.
  void close() {
    const std::lock_guard lock(mutex_);
    stores_.clear();
    if (finalize_s3 != nullptr) (void)finalize_s3();
  }

  arrow::Result<StorePtr> of(std::string_view path) {
    const bool is_s3 = path.starts_with(kS3);
    const std::string bucket(path.substr(kS3.size(), path.find('/', kS3.size()) - kS3.size()));
    const std::lock_guard lock(mutex_);
    StorePtr& store = stores_[is_s3 ? "s3 " + bucket : "gs"];
    if (store == nullptr) {
      ARROW_ASSIGN_OR_RAISE(store, is_s3 ? connect_s3(bucket) : connect_cloud_storage());
    }
    return store;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, StorePtr> stores_;
};

Stores& stores() {
  static Stores all;
  return all;
}

void close_stores() { stores().close(); }

/// What Arrow calls the object: bucket/name.
std::string name_of(std::string_view path) {
  std::string name(path.substr(path.find("://") + 3));
  while (name.ends_with('/')) name.pop_back();
  return name;
}

FileInfo info_of(const arrow::fs::FileInfo& info) {
  const int64_t ns = info.mtime().time_since_epoch().count();
  return {.bytes = std::max<int64_t>(0, info.size()),
          .modified_us = ns / 1000,
          .is_folder = info.type() == arrow::fs::FileType::Directory};
}

Error store_error(const arrow::Status& status, const char* action, std::string_view path) {
  return Error::unavailable(fmt::format("cannot {} {}: {}", action, path, status.message()));
}

/// An object that is being written.
class ObjectWriter : public WritableFile {
 public:
  ObjectWriter(std::shared_ptr<arrow::io::OutputStream> stream, std::string path)
      : stream_(std::move(stream)), path_(std::move(path)) {}

  ~ObjectWriter() override {
    if (!stream_->closed()) (void)stream_->Abort();
  }

  Status append(std::string_view bytes) override {
    const arrow::Status status = stream_->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
    if (!status.ok()) return store_error(status, "write", path_);
    return {};
  }
  /// The store has the object when close() succeeds.
  Status sync() override { return {}; }
  Status close() override {
    const arrow::Status status = stream_->Close();
    if (!status.ok()) return store_error(status, "write", path_);
    return {};
  }

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::string path_;
};

class ObjectReader : public ReadableFile {
 public:
  ObjectReader(std::shared_ptr<arrow::io::RandomAccessFile> object, std::string path, int64_t size)
      : object_(std::move(object)), path_(std::move(path)), size_(size) {}

  int64_t size() const override { return size_; }
  Result<std::string> read_at(int64_t offset, int64_t bytes) override {
    std::string text(static_cast<size_t>(std::clamp<int64_t>(size_ - offset, 0, bytes)), '\0');
    const auto count = object_->ReadAt(offset, static_cast<int64_t>(text.size()), text.data());
    if (!count.ok()) return store_error(count.status(), "read", path_);
    text.resize(static_cast<size_t>(*count));
    return text;
  }

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> object_;
  std::string path_;
  int64_t size_;
};

class ObjectStore : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions) override {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(path));
    auto stream = store->OpenOutputStream(name_of(path));
    if (!stream.ok()) return store_error(stream.status(), "write", path);
    return std::unique_ptr<WritableFile>(std::make_unique<ObjectWriter>(*stream, path));
  }

  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    return Error::usage(fmt::format("{} is an object: it can be replaced and not be added to", path));
  }
  Status truncate(const std::string& path, int64_t) override {
    return Error::usage(fmt::format("{} is an object: it can be replaced and not be shortened", path));
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    ASSIGN_OR_RETURN(auto input, open_input(path, fmt::format("cannot read {}", path)));
    const auto size = input->GetSize();
    if (!size.ok()) return store_error(size.status(), "read", path);
    return {std::make_unique<ObjectReader>(std::move(input), path, *size)};
  }

  Status rename(const std::string& from, const std::string& to) override {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(from));
    const arrow::Status status = store->Move(name_of(from), name_of(to));
    if (!status.ok()) return store_error(status, "rename", from);
    return {};
  }

  Status remove(const std::string& path) override {
    ASSIGN_OR_RETURN(const FileInfo there, info(path));
    ASSIGN_OR_RETURN(const StorePtr store, store_of(path));
    // A folder is what its objects are called: an empty one is not there.
    if (there.is_folder) return {};
    const arrow::Status status = store->DeleteFile(name_of(path));
    if (!status.ok()) return store_error(status, "remove", path);
    return {};
  }

  Status remove_all(const std::string& path) override {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(path));
    const auto there = store->GetFileInfo(name_of(path));
    if (!there.ok()) return store_error(there.status(), "remove", path);
    arrow::Status status;
    if (there->type() == arrow::fs::FileType::File) status = store->DeleteFile(name_of(path));
    if (there->type() == arrow::fs::FileType::Directory) status = store->DeleteDir(name_of(path));
    if (!status.ok()) return store_error(status, "remove", path);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(folder));
    arrow::fs::FileSelector selector;
    selector.base_dir = name_of(folder);
    selector.allow_not_found = true;
    const auto found = store->GetFileInfo(selector);
    if (!found.ok()) return store_error(found.status(), "list", folder);
    std::vector<std::string> names;
    for (const arrow::fs::FileInfo& each : *found) names.push_back(each.base_name());
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_folders(const std::string&) override { return {}; }
  Status sync_folder(const std::string&) override { return {}; }
  /// An object that was closed is there to stay.
  Result<std::unique_ptr<FolderSync>> begin_folder_sync(const std::string&) override {
    return {std::unique_ptr<FolderSync>()};
  }

  Result<bool> exists(const std::string& path) override {
    ASSIGN_OR_RETURN(const auto found, find(path));
    return found.type() != arrow::fs::FileType::NotFound;
  }

  Result<FileInfo> info(const std::string& path) override {
    ASSIGN_OR_RETURN(const auto found, find(path));
    if (found.type() == arrow::fs::FileType::NotFound) {
      return Error::environment(fmt::format("cannot look at {}: there is no such object", path));
    }
    return info_of(found);
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) override {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(folder));
    return lock_objects(store, name_of(folder), folder);
  }

  Result<std::unique_ptr<FileSystem>> below(const std::string& folder) override { return named_below(*this, folder); }

  static Result<StorePtr> store_of(const std::string& path) {
    auto store = stores().of(path);
    if (!store.ok()) return store_error(store.status(), "reach", path);
    return *store;
  }

 private:
  static Result<arrow::fs::FileInfo> find(const std::string& path) {
    ASSIGN_OR_RETURN(const StorePtr store, store_of(path));
    auto found = store->GetFileInfo(name_of(path));
    if (!found.ok()) return store_error(found.status(), "look at", path);
    return *found;
  }
};

}  // namespace

namespace {

/// A file. A pipe or a device is refused, and not waited for.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_local_input(const std::string& path,
                                                                      const std::string& context) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int code = errno;
    if (descriptor >= 0) ::close(descriptor);
    return Error::environment(fmt::format("{}: {}", context, std::strerror(code)));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    const char* const kind = S_ISDIR(status.st_mode) ? "a folder" : "a pipe or a device";
    return Error::environment(fmt::format("{}: it is {}, not a file", context, kind))
        .with_help("write its content to a file first");
  }
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::io::RandomAccessFile> file,
                   take_result(arrow::io::ReadableFile::Open(descriptor), context));
  return file;
}

}  // namespace

bool is_remote(std::string_view path) { return path.starts_with(kCloudStorage) || path.starts_with(kS3); }

FileSystem& file_system_of(std::string_view path) {
  static ObjectStore remote;
  if (is_remote(path)) return remote;
  return real_file_system();
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_input(const std::string& path, const std::string& context) {
  if (!is_remote(path)) return open_local_input(path, context);
  ASSIGN_OR_RETURN(const StorePtr store, ObjectStore::store_of(path));
  auto object = store->OpenInputFile(name_of(path));
  if (!object.ok()) return Error::unavailable(context + ": " + object.status().message());
  return marked_remote_input(std::move(*object));
}

Result<std::vector<RemoteFile>> list_remote(const std::string& path) {
  ASSIGN_OR_RETURN(const StorePtr store, ObjectStore::store_of(path));
  const std::string scheme = path.substr(0, path.find("://") + 3);
  const auto at = store->GetFileInfo(name_of(path));
  if (!at.ok()) return store_error(at.status(), "look at", path);
  std::vector<arrow::fs::FileInfo> found = {*at};
  if (at->type() == arrow::fs::FileType::Directory) {
    arrow::fs::FileSelector selector;
    selector.base_dir = name_of(path);
    selector.recursive = true;
    selector.allow_not_found = true;
    auto below = store->GetFileInfo(selector);
    if (!below.ok()) return store_error(below.status(), "list", path);
    found = std::move(*below);
  }
  std::vector<RemoteFile> files;
  for (const arrow::fs::FileInfo& each : found) {
    if (each.type() == arrow::fs::FileType::File) files.push_back({scheme + each.path(), info_of(each)});
  }
  std::sort(files.begin(), files.end(), [](const RemoteFile& a, const RemoteFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace headrace
