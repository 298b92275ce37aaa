#include "testing/faulty_file_system.h"

#include <algorithm>

namespace headrace {

struct FaultyFileSystem::Node {
  bool is_folder = false;
  std::string bytes;
  size_t synced_size = 0;
  bool was_sync_lost = false;
  std::map<std::string, NodePtr> names, synced_names;

  void lose(Loss loss) {
    if (loss == Loss::kNothing) return;
    bytes.resize(loss == Loss::kUnsyncedBytes ? (synced_size + bytes.size()) / 2 : synced_size);
    synced_size = bytes.size();
    was_sync_lost = false;
    if (loss == Loss::kUnsyncedNames) names = synced_names;
    synced_names = names;
    for (const auto& [name, node] : names) node->lose(loss);
  }

  void sync() {
    synced_size = bytes.size();
    synced_names = names;
    for (const auto& [name, node] : names) node->sync();
  }

  void collect(const std::string& path, std::map<std::string, std::string>& files) const {
    if (!is_folder) files[path] = bytes;
    for (const auto& [name, node] : names) node->collect(path.empty() ? name : path + "/" + name, files);
  }
};

namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (!part.empty() && part != ".") parts.push_back(part);
    start = end + 1;
  }
  return parts;
}

std::string last_name(const std::string& path) { return split(path).back(); }

Error failure(const std::string& action, const std::string& path, const std::string& why) {
  return Error::environment("cannot " + action + " " + path + ": " + why);
}

}  // namespace

class FaultyFileSystem::OpenFile : public WritableFile {
 public:
  OpenFile(FaultyFileSystem& system, NodePtr node, std::string path)
      : system_(system), node_(std::move(node)), path_(std::move(path)), life_(system.life_) {}

  Status append(std::string_view bytes) override {
    const std::lock_guard lock(system_.mutex_);
    const bool was_alive = !system_.has_crashed_ && life_ == system_.life_;
    const Status status = begin("write");
    if (!status.ok()) bytes = bytes.substr(0, was_alive ? bytes.size() / 2 : 0);
    node_->bytes.append(bytes);
    return status;
  }

  Status sync() override {
    const std::lock_guard lock(system_.mutex_);
    if (life_ != system_.life_) return begin("sync");
    const Status status = system_.begin_sync(path_);
    if (!status.ok()) node_->was_sync_lost = true;
    if (!node_->was_sync_lost) node_->synced_size = node_->bytes.size();
    return status;
  }

  Status close() override {
    const std::lock_guard lock(system_.mutex_);
    return begin("close");
  }

 private:
  Status begin(const std::string& action) {
    if (life_ != system_.life_) return failure(action, path_, "the process that opened it is gone");
    return system_.begin_change(action, path_);
  }

  FaultyFileSystem& system_;
  NodePtr node_;
  std::string path_;
  int64_t life_;
};

/// A file as it was when it was opened.
class FaultyFileSystem::Snapshot : public ReadableFile {
 public:
  explicit Snapshot(std::string bytes) : bytes_(std::move(bytes)) {}

  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  Result<std::string> read_at(int64_t offset, int64_t bytes) override {
    if (offset >= size()) return std::string();
    return bytes_.substr(static_cast<size_t>(offset), static_cast<size_t>(bytes));
  }

 private:
  std::string bytes_;
};

class FaultyFileSystem::SyncBelow : public FolderSync {
 public:
  SyncBelow(FaultyFileSystem& system, std::string folder) : system_(system), folder_(std::move(folder)) {}

  Status sync() override {
    const std::lock_guard lock(system_.mutex_);
    RETURN_IF_ERROR(system_.begin_sync(folder_));
    const NodePtr node = system_.find(folder_);
    if (node == nullptr) return failure("sync", folder_, "no such folder");
    node->sync();
    return {};
  }

 private:
  FaultyFileSystem& system_;
  std::string folder_;
};

FaultyFileSystem::FaultyFileSystem() : root_(std::make_shared<Node>()) { root_->is_folder = true; }
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::crash_at(int64_t change) {
  const std::lock_guard lock(mutex_);
  crash_at_ = change;
}

void FaultyFileSystem::fail_at(int64_t change) {
  const std::lock_guard lock(mutex_);
  fail_at_ = change;
}

void FaultyFileSystem::fill_at(int64_t change) {
  const std::lock_guard lock(mutex_);
  fill_at_ = change;
}

bool FaultyFileSystem::has_crashed() const {
  const std::lock_guard lock(mutex_);
  return has_crashed_;
}

int64_t FaultyFileSystem::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

int64_t FaultyFileSystem::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

void FaultyFileSystem::lacks_folder_sync() {
  const std::lock_guard lock(mutex_);
  has_folder_sync_ = false;
}

void FaultyFileSystem::restart(Loss loss) {
  const std::lock_guard lock(mutex_);
  root_->lose(loss);
  changes_ = crash_at_ = fail_at_ = fill_at_ = syncs_ = 0;
  has_crashed_ = false;
  ++life_;
}

std::map<std::string, std::string> FaultyFileSystem::all_files() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> files;
  root_->collect("", files);
  return files;
}

Status FaultyFileSystem::begin_change(const std::string& action, const std::string& path) {
  if (changes_ + 1 == crash_at_) has_crashed_ = true;
  if (has_crashed_) return failure(action, path, "crashed");
  ++changes_;
  const bool takes_space = action == "write" || action == "create" || action == "make the folder";
  if (fill_at_ > 0 && changes_ >= fill_at_ && takes_space) return failure(action, path, "No space left on device");
  return changes_ == fail_at_ ? Status(failure(action, path, "no luck")) : Status();
}

Status FaultyFileSystem::begin_sync(const std::string& path) {
  RETURN_IF_ERROR(begin_change("sync", path));
  ++syncs_;
  return {};
}

Status FaultyFileSystem::check_alive() const {
  if (has_crashed_) return Error::environment("crashed");
  return {};
}

FaultyFileSystem::NodePtr FaultyFileSystem::find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : split(path)) {
    const auto found = node->names.find(part);
    if (found == node->names.end()) return nullptr;
    node = found->second;
  }
  return node;
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::create(const std::string& path, CreateOptions) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(begin_change("create", path));
  const NodePtr folder = find(folder_of(path));
  if (folder == nullptr || !folder->is_folder) return failure("create", path, "no such folder");
  NodePtr& node = folder->names[last_name(path)];
  if (node != nullptr) return failure("create", path, "it is there already");
  node = std::make_shared<Node>();
  return {std::make_unique<OpenFile>(*this, node, path)};
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::append_to(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  const NodePtr node = find(path);
  if (node == nullptr || node->is_folder) return failure("write", path, "no such file");
  return {std::make_unique<OpenFile>(*this, node, path)};
}

Status FaultyFileSystem::truncate(const std::string& path, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(begin_change("shorten", path));
  const NodePtr node = find(path);
  if (node == nullptr || node->is_folder) return failure("shorten", path, "no such file");
  if (static_cast<int64_t>(node->bytes.size()) < bytes) return failure("shorten", path, "it has fewer bytes");
  node->bytes.resize(static_cast<size_t>(bytes));
  node->synced_size = std::min(node->synced_size, node->bytes.size());
  return {};
}

Result<std::unique_ptr<ReadableFile>> FaultyFileSystem::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  const NodePtr node = find(path);
  if (node == nullptr || node->is_folder) return failure("read", path, "no such file");
  return {std::make_unique<Snapshot>(node->bytes)};
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(begin_change("rename", from));
  const NodePtr node = find(from), source = find(folder_of(from)), target = find(folder_of(to));
  if (node == nullptr || target == nullptr) return failure("rename", from, "no such file");
  source->names.erase(last_name(from));
  target->names[last_name(to)] = node;
  return {};
}

Status FaultyFileSystem::remove_locked(const std::string& path) {
  RETURN_IF_ERROR(begin_change("remove", path));
  const NodePtr node = find(path);
  if (node == nullptr) return failure("remove", path, "no such file");
  if (!node->names.empty()) return failure("remove", path, "the folder is not empty");
  find(folder_of(path))->names.erase(last_name(path));
  return {};
}

Status FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return remove_locked(path);
}

Status FaultyFileSystem::remove_all(const std::string& path) {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(check_alive());
    const NodePtr node = find(path);
    if (node == nullptr) return {};
    for (const auto& [name, child] : node->names) names.push_back(name);
  }
  for (const std::string& name : names) RETURN_IF_ERROR(remove_all(join_path(path, name)));
  return remove(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  const NodePtr node = find(folder);
  if (node == nullptr || !node->is_folder) return failure("list", folder, "no such folder");
  std::vector<std::string> names;
  for (const auto& [name, child] : node->names) names.push_back(name);
  return names;
}

Status FaultyFileSystem::make_folders(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  NodePtr node = root_;
  for (const std::string& part : split(folder)) {
    if (!node->names.contains(part)) {
      RETURN_IF_ERROR(begin_change("make the folder", folder));
      node->names[part] = std::make_shared<Node>();
      node->names[part]->is_folder = true;
    }
    node = node->names[part];
    if (!node->is_folder) return failure("make the folder", folder, "a file is in the way");
  }
  return {};
}

Status FaultyFileSystem::sync_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(begin_sync(folder));
  const NodePtr node = find(folder);
  if (node == nullptr || !node->is_folder) return failure("sync", folder, "no such folder");
  node->synced_names = node->names;
  return {};
}

Result<std::unique_ptr<FolderSync>> FaultyFileSystem::begin_folder_sync(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  if (!has_folder_sync_) return {std::unique_ptr<FolderSync>()};
  const NodePtr node = find(folder);
  if (node == nullptr || !node->is_folder) return failure("sync", folder, "no such folder");
  return {std::make_unique<SyncBelow>(*this, folder)};
}

Result<bool> FaultyFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  return find(path) != nullptr;
}

Result<FileInfo> FaultyFileSystem::info(const std::string& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  const NodePtr node = find(path);
  if (node == nullptr) return failure("look at", path, "no such file");
  return FileInfo{.bytes = static_cast<int64_t>(node->bytes.size()), .is_folder = node->is_folder};
}

Result<std::unique_ptr<FolderLock>> FaultyFileSystem::lock_folder(const std::string&) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(check_alive());
  return {std::make_unique<FolderLock>()};
}

Result<std::unique_ptr<FileSystem>> FaultyFileSystem::below(const std::string& folder) {
  return named_below(*this, folder);
}

}  // namespace headrace
