#include "io/remote/object_lock.h"

#include "base/random_name.h"

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace headrace {
namespace {

using StorePtr = std::shared_ptr<arrow::fs::FileSystem>;

constexpr std::string_view kLockPrefix = "writer-";
constexpr std::string_view kLockSuffix = ".lock";

Error lock_error(const arrow::Status& status, const std::string& shown) {
  return Error::unavailable(fmt::format("cannot lock {}: {}", shown, status.message()));
}

bool is_lock_name(const std::string& name) {
  if (!name.starts_with(kLockPrefix) || !name.ends_with(kLockSuffix)) return false;
  return is_random_name(name.substr(kLockPrefix.size(), name.size() - kLockPrefix.size() - kLockSuffix.size()));
}

/// Who writes, for the message of those who may not.
std::string holder() {
  char host[256] = "a machine";
  (void)::gethostname(host, sizeof host - 1);
  return fmt::format("process {} on {}", ::getpid(), host);
}

arrow::Status put_object(arrow::fs::FileSystem& store, const std::string& name, const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, store.OpenOutputStream(name));
  ARROW_RETURN_NOT_OK(stream->Write(text.data(), static_cast<int64_t>(text.size())));
  return stream->Close();
}

std::string text_of(arrow::fs::FileSystem& store, const std::string& name) {
  const auto input = store.OpenInputFile(name);
  if (!input.ok()) return "somebody";
  const auto buffer = (*input)->ReadAt(0, 1024);
  return buffer.ok() && (*buffer)->size() > 0 ? (*buffer)->ToString() : "somebody";
}

arrow::Result<std::vector<arrow::fs::FileInfo>> locks_in(arrow::fs::FileSystem& store, const std::string& folder) {
  arrow::fs::FileSelector selector;
  selector.base_dir = folder;
  selector.allow_not_found = true;
  ARROW_ASSIGN_OR_RAISE(std::vector<arrow::fs::FileInfo> found, store.GetFileInfo(selector));
  std::erase_if(found, [](const arrow::fs::FileInfo& each) {
    return each.type() != arrow::fs::FileType::File || !is_lock_name(each.base_name());
  });
  return found;
}

class ObjectLock : public FolderLock {
 public:
  ObjectLock(StorePtr store, std::string name, std::string shown)
      : store_(std::move(store)), name_(std::move(name)), shown_(std::move(shown)) {}

  ~ObjectLock() override {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    wakes_.notify_all();
    if (renewer_.joinable()) renewer_.join();
    // What cannot be taken away now is dead soon.
    (void)store_->DeleteFile(name_);
  }

  /// Puts the object again and again, so that nobody takes its holder for dead.
  void keep_alive() {
    renewer_ = std::thread([this] {
      std::unique_lock lock(mutex_);
      while (!wakes_.wait_for(lock, std::chrono::seconds(kLockRenewedSeconds), [this] { return is_over_; })) {
        // A failure shows when the lock is checked.
        (void)put_object(*store_, name_, holder());
      }
    });
  }

  Status check() const override {
    const auto found = store_->GetFileInfo(name_);
    if (!found.ok()) return lock_error(found.status(), shown_);
    if (found->type() == arrow::fs::FileType::File) return {};
    return Error::unavailable(fmt::format("{} was given to another writer, because this one was silent for {} minutes",
                                          shown_, kLockDeadSeconds / 60))
        .with_help("try again");
  }

 private:
  const StorePtr store_;
  const std::string name_;
  const std::string shown_;
  std::thread renewer_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool is_over_ = false;
};

/// Refuses while somebody else is alive; takes the objects of the dead away.
Status refuse_others(arrow::fs::FileSystem& store, const std::string& folder, const std::string& own,
                     const std::string& shown) {
  const auto locks = locks_in(store, folder);
  if (!locks.ok()) return lock_error(locks.status(), shown);
  const auto mine = std::find_if(locks->begin(), locks->end(), [&](const auto& each) { return each.path() == own; });
  if (mine == locks->end()) {
    return Error::unavailable(fmt::format("cannot lock {}: the store does not list what was put into it", shown));
  }
  for (const arrow::fs::FileInfo& each : *locks) {
    if (each.path() == own) continue;
    if (mine->mtime() - each.mtime() < std::chrono::seconds(kLockDeadSeconds)) {
      return Error::unavailable(fmt::format("another program is writing to {}: {}", shown, text_of(store, each.path())))
          .with_help(fmt::format("wait until it is done, then try again; {} minutes after it was killed it is "
                                 "forgotten",
                                 kLockDeadSeconds / 60));
    }
    const arrow::Status removed = store.DeleteFile(each.path());
    if (!removed.ok()) return lock_error(removed, shown);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FolderLock>> lock_objects(StorePtr store, const std::string& folder, const std::string& shown) {
  const std::string name = fmt::format("{}/{}{}{}", folder, kLockPrefix, random_name(), kLockSuffix);
  const arrow::Status put = put_object(*store, name, holder());
  if (!put.ok()) return lock_error(put, shown);
  auto lock = std::make_unique<ObjectLock>(store, name, shown);
  RETURN_IF_ERROR(refuse_others(*store, folder, name, shown));
  lock->keep_alive();
  return {std::move(lock)};
}

}  // namespace headrace
