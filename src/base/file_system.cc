#include "base/file_system.h"

#include "base/random_name.h"

#include <fmt/format.h>

#include <set>

#include <algorithm>

namespace headrace {
namespace {

/// Paths below a folder of another file system, checked by their text.
class NamesBelow : public FileSystem {
 public:
  NamesBelow(FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  Result<std::unique_ptr<WritableFile>> create(const std::string& path, CreateOptions options) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.create(whole, options);
  }
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.append_to(whole);
  }
  Status truncate(const std::string& path, int64_t bytes) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.truncate(whole, bytes);
  }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.open(whole);
  }
  Status rename(const std::string& from, const std::string& to) override {
    ASSIGN_OR_RETURN(const std::string whole_from, whole_path(from));
    ASSIGN_OR_RETURN(const std::string whole_to, whole_path(to));
    return files_.rename(whole_from, whole_to);
  }
  Status remove(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.remove(whole);
  }
  Status remove_all(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, whole_path(path));
    return files_.remove_all(whole);
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(folder));
    return files_.list(whole);
  }
  Status make_folders(const std::string& folder) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(folder));
    return files_.make_folders(whole);
  }
  Status sync_folder(const std::string& folder) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(folder));
    return files_.sync_folder(whole);
  }
  Result<std::unique_ptr<FolderSync>> begin_folder_sync(const std::string& folder) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(folder));
    return files_.begin_folder_sync(whole);
  }
  Result<bool> exists(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(path));
    return files_.exists(whole);
  }
  Result<FileInfo> info(const std::string& path) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(path));
    return files_.info(whole);
  }
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& folder) override {
    ASSIGN_OR_RETURN(const std::string whole, folder_path(folder));
    return files_.lock_folder(whole);
  }
  Result<std::unique_ptr<FileSystem>> below(const std::string& folder) override {
    ASSIGN_OR_RETURN(std::string whole, folder_path(folder));
    return named_below(files_, std::move(whole));
  }

  std::string shown(const std::string& path) const override { return files_.shown(join_path(folder_, path)); }

 private:
  Result<std::string> whole_path(const std::string& path) const {
    if (!is_plain_path(path)) return Error::data(fmt::format("`{}` is no path below {}", path, files_.shown(folder_)));
    return join_path(folder_, path);
  }
  Result<std::string> folder_path(const std::string& path) const {
    if (path.empty() || path == ".") return folder_;
    return whole_path(path);
  }

  FileSystem& files_;
  std::string folder_;
};

}  // namespace

Result<std::string> FileSystem::read_file(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, open(path));
  if (file->size() > kWholeFileBytesMax) {
    return Error::data(fmt::format("{} has {} MiB; such a file may have {}", shown(path), file->size() >> 20,
                                   kWholeFileBytesMax >> 20));
  }
  return file->read_at(0, kWholeFileBytesMax);
}

Result<std::vector<std::string>> make_new_folders(FileSystem& files, const std::string& folder) {
  std::vector<std::string> made;
  for (std::string path = folder; path != "." && folder_of(path) != path; path = folder_of(path)) {
    ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
    if (is_there) break;
    made.push_back(path);
  }
  RETURN_IF_ERROR(files.make_folders(folder));
  return made;
}

Status remove_empty_folders(FileSystem& files, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    ASSIGN_OR_RETURN(const std::vector<std::string> rest, files.list(folder));
    if (!rest.empty()) break;
    RETURN_IF_ERROR(files.remove(folder));
  }
  return {};
}

std::string temporary_name(const std::string& path) {
  const size_t name = path.rfind('/') + 1;  // 0 when there is no slash
  return fmt::format("{}.{}.{}.tmp", path.substr(0, name), path.substr(name), random_name());
}

Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  return write_file_atomically(files, path, bytes, temporary_name(path));
}

Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes,
                             const std::string& temporary) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(temporary, {}));
  const auto put = [&]() -> Status {
    RETURN_IF_ERROR(file->append(bytes));
    RETURN_IF_ERROR(file->sync());
    RETURN_IF_ERROR(file->close());
    return files.rename(temporary, path);
  };
  Status status = put();
  if (!status.ok()) {
    // The error that counts is the first one.
    (void)files.remove(temporary).ok();
    return status;
  }
  return files.sync_folder(folder_of(path));
}

Status write_files_atomically(FileSystem& files, const std::vector<WholeFile>& wanted) {
  if (wanted.empty()) return {};
  ASSIGN_OR_RETURN(const std::unique_ptr<FolderSync> together, files.begin_folder_sync(""));
  std::vector<std::string> temporary;
  const auto write = [&](const WholeFile& each) -> Status {
    temporary.push_back(temporary_name(each.path));
    ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(temporary.back(), {}));
    RETURN_IF_ERROR(file->append(each.bytes));
    if (together == nullptr) RETURN_IF_ERROR(file->sync());
    return file->close();
  };
  const auto sync_names = [&]() -> Status {
    if (together != nullptr) return together->sync();
    std::set<std::string> folders;
    for (const WholeFile& each : wanted) folders.insert(folder_of(each.path));
    for (const std::string& folder : folders) RETURN_IF_ERROR(files.sync_folder(folder));
    return {};
  };

  const auto put = [&]() -> Status {
    for (const WholeFile& each : wanted) RETURN_IF_ERROR(write(each));
    if (together != nullptr) RETURN_IF_ERROR(together->sync());
    for (size_t i = 0; i < wanted.size(); ++i) {
      RETURN_IF_ERROR(files.rename(temporary[i], wanted[i].path));
      temporary[i].clear();
    }
    return sync_names();
  };
  const Status status = put();
  for (const std::string& left : temporary) {
    // The error that counts is the first one.
    if (!left.empty()) (void)files.remove(left).ok();
  }
  return status;
}

std::unique_ptr<FileSystem> named_below(FileSystem& files, std::string folder) {
  return std::make_unique<NamesBelow>(files, std::move(folder));
}

bool is_plain_path(std::string_view path) {
  if (path.empty()) return false;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment.empty() || segment == "." || segment == "..") return false;
    for (const char byte : segment) {
      if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) return false;
    }
    start = end + 1;
  }
  return true;
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  if (name.empty()) return std::string(folder);
  return fmt::format("{}{}{}", folder, folder.back() == '/' ? "" : "/", name);
}

std::string folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace headrace
