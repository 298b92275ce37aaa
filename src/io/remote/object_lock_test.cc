#include "io/remote/object_lock.h"

#include "testing/own_folder.h"

#include <arrow/filesystem/localfs.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// Folders and files stand for a bucket and its objects.
class ObjectLockTest : public testing::Test {
 protected:
  ObjectLockTest() : folder_(own_folder()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ObjectLockTest() override { fs::remove_all(folder_); }

  Result<std::unique_ptr<FolderLock>> lock() const {
    return lock_objects(std::make_shared<arrow::fs::LocalFileSystem>(), folder_, "gs://bucket/offline");
  }
  std::string plant(const std::string& name, std::chrono::seconds age) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << "process 7 on elsewhere";
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
    return path;
  }
  size_t objects() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  const std::string folder_;
  const std::string other_ = "writer-0123456789abcdef0123456789abcdef.lock";
};

TEST_F(ObjectLockTest, TheSecondWriterIsRefused) {
  auto first = lock();
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE((*first)->check().ok());
  const auto second = lock();
  EXPECT_EQ(second.error().kind(), ErrorKind::kUnavailable);
  EXPECT_TRUE(second.error().message().starts_with("another program is writing to gs://bucket/offline: process "));
  EXPECT_EQ(objects(), 1u) << "who is refused leaves nothing behind";
  first.value().reset();
  EXPECT_EQ(objects(), 0u);
  EXPECT_TRUE(lock().ok());
}

TEST_F(ObjectLockTest, TheDeadAreForgotten) {
  const std::string path = plant(other_, std::chrono::seconds(kLockDeadSeconds - 60));
  EXPECT_EQ(lock().error().message(), "another program is writing to gs://bucket/offline: process 7 on elsewhere");
  EXPECT_TRUE(fs::exists(path));
  plant(other_, std::chrono::seconds(kLockDeadSeconds + 60));
  EXPECT_TRUE(lock().ok());
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ObjectLockTest, OtherObjectsAreNoLocks) {
  const std::string path = plant("writer-me.lock", std::chrono::seconds(0));
  plant("manifest.json", std::chrono::seconds(0));
  EXPECT_TRUE(lock().ok());
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(ObjectLockTest, ALostLockIsTold) {
  const auto held = lock();
  ASSERT_TRUE(held.ok());
  for (const auto& each : fs::directory_iterator(folder_)) fs::remove(each.path());
  EXPECT_EQ((*held)->check().error().kind(), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace headrace
