#include "base/file_system.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

/// A folder of its own for each test, removed at its end.
class FileSystemTest : public testing::Test {
 protected:
  FileSystemTest() {
    folder_ = testing::TempDir() + "headrace-files-" + testing::UnitTest::GetInstance()->current_test_info()->name();
    EXPECT_TRUE(files_.remove_all(folder_).ok());
    EXPECT_TRUE(files_.make_folders(folder_).ok());
  }
  ~FileSystemTest() override { EXPECT_TRUE(files_.remove_all(folder_).ok()); }

  std::string at(const std::string& name) const { return join_path(folder_, name); }
  void write(const std::string& name, std::string_view bytes, CreateOptions options) {
    auto file = files_.create(at(name), options);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->append(bytes).ok());
    ASSERT_TRUE((*file)->sync().ok());
    ASSERT_TRUE((*file)->close().ok());
  }

  FileSystem& files_ = real_file_system();
  std::string folder_;
};

TEST_F(FileSystemTest, ReadsBackWhatWasWritten) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{1} << 20, (size_t{3} << 20) + 17}) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 4096);
    for (bool bypass : {false, true}) {
      write("f", bytes, {.bypass_cache = bypass});
      EXPECT_TRUE(files_.read_file(at("f")).value() == bytes) << size;
      EXPECT_EQ(files_.info(at("f")).value().bytes, static_cast<int64_t>(size));
    }
  }
}

TEST_F(FileSystemTest, AppendsAfterSync) {
  auto file = files_.create(at("f"), {.bypass_cache = true});
  const std::string odd(5000, 'a');
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE((*file)->append(odd).ok());
    if (i % 100 == 0) {
      ASSERT_TRUE((*file)->sync().ok());
    }
  }
  ASSERT_TRUE((*file)->close().ok());
  EXPECT_EQ(files_.read_file(at("f")).value(), std::string(5000 * 300, 'a'));
}

TEST_F(FileSystemTest, ListsRenamesAndRemoves) {
  ASSERT_TRUE(files_.make_folders(at("a/b/c")).ok());
  ASSERT_TRUE(files_.make_folders(at("a/b/c")).ok());
  write("a/y", "1", {});
  write("a/x", "2", {});
  EXPECT_EQ(files_.list(at("a")).value(), (std::vector<std::string>{"b", "x", "y"}));
  ASSERT_TRUE(files_.rename(at("a/x"), at("a/y")).ok());
  EXPECT_EQ(files_.read_file(at("a/y")).value(), "2");
  EXPECT_FALSE(files_.exists(at("a/x")).value());
  EXPECT_TRUE(files_.info(at("a/b")).value().is_folder);
  ASSERT_TRUE(files_.remove_all(at("a")).ok());
  EXPECT_FALSE(files_.exists(at("a")).value());
  EXPECT_TRUE(files_.remove_all(at("a")).ok());
}

TEST_F(FileSystemTest, FailuresNameThePath) {
  EXPECT_EQ(files_.read_file(at("none")).error().message(),
            "cannot read " + at("none") + ": No such file or directory");
  EXPECT_EQ(files_.read_file(at("none")).error().kind(), ErrorKind::kEnvironment);
  EXPECT_FALSE(files_.list(at("none")).ok());
  EXPECT_FALSE(files_.remove(at("none")).ok());
  EXPECT_FALSE(files_.create(at("none/f"), {}).ok());
  write("f", "", {});
  EXPECT_FALSE(files_.make_folders(at("f/g")).ok());
}

TEST_F(FileSystemTest, SecondLockIsRefused) {
  auto first = files_.lock_folder(folder_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(files_.lock_folder(folder_).error().message(), "another process is writing to " + folder_);
  first.value().reset();
  EXPECT_TRUE(files_.lock_folder(folder_).ok());
}

TEST_F(FileSystemTest, WritesAtomically) {
  ASSERT_TRUE(write_file_atomically(files_, at("f"), "one").ok());
  ASSERT_TRUE(write_file_atomically(files_, at("f"), "two").ok());
  EXPECT_EQ(files_.read_file(at("f")).value(), "two");
  EXPECT_EQ(files_.list(folder_).value(), (std::vector<std::string>{"f"}));
}

TEST(PathTest, JoinsAndSplits) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("a"), ".");
  EXPECT_EQ(folder_of("/a"), "/");
}

}  // namespace
}  // namespace headrace
