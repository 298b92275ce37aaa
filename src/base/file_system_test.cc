#include "base/file_system.h"

#include "testing/own_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace headrace {
namespace {

/// A folder of its own for each test, removed at its end.
class FileSystemTest : public testing::Test {
 protected:
  FileSystemTest() {
    folder_ = own_folder();
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
      ASSERT_TRUE(files_.remove_all(at("f")).ok());
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

TEST_F(FileSystemTest, ANewFileTakesNobodysPlace) {
  write("f", "old", {});
  EXPECT_FALSE(files_.create(at("f"), {}).ok());
  std::filesystem::create_symlink("nowhere", at("link"));
  EXPECT_FALSE(files_.create(at("link"), {}).ok());
  EXPECT_EQ(files_.read_file(at("f")).value(), "old");
  EXPECT_EQ(files_.list(folder_).value(), (std::vector<std::string>{"f", "link"}));
}

TEST_F(FileSystemTest, AFileMayGetItsNameWhenItIsClosed) {
  for (const bool is_taken : {false, true}) {
    auto file = files_.create(at("f"), {.is_named_at_close = true}).value();
    ASSERT_TRUE(file->append("abc").ok());
    ASSERT_TRUE(file->sync().ok());
    EXPECT_EQ(files_.list(folder_).value().size(), is_taken ? 1u : 0u);
    EXPECT_EQ(file->close().ok(), !is_taken);
    EXPECT_EQ(files_.read_file(at("f")).value(), "abc");
  }
}

TEST_F(FileSystemTest, ReadsAppendsAndShortens) {
  write("f", "abcdef", {});
  const auto file = files_.open(at("f")).value();
  EXPECT_EQ(file->size(), 6);
  EXPECT_EQ(file->read_at(2, 3).value(), "cde");
  EXPECT_EQ(file->read_at(4, 100).value(), "ef");
  EXPECT_EQ(file->read_at(6, 1).value(), "");
  EXPECT_EQ(file->read_at(9, 1).value(), "");

  auto more = files_.append_to(at("f")).value();
  ASSERT_TRUE(more->append("gh").ok());
  ASSERT_TRUE(more->sync().ok());
  ASSERT_TRUE(more->close().ok());
  EXPECT_EQ(files_.read_file(at("f")).value(), "abcdefgh");
  ASSERT_TRUE(files_.truncate(at("f"), 3).ok());
  EXPECT_EQ(files_.read_file(at("f")).value(), "abc");
  EXPECT_FALSE(files_.truncate(at("f"), 4).ok());
  EXPECT_FALSE(files_.append_to(at("none")).ok());
  EXPECT_FALSE(files_.truncate(at("none"), 0).ok());
}

TEST_F(FileSystemTest, NobodyWaitsForAPipe) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  for (const std::string& path : {at("pipe"), std::string("/dev/zero")}) {
    EXPECT_EQ(files_.read_file(path).error().message(), path + " is a pipe or a device, not a file");
    EXPECT_FALSE(files_.append_to(path).ok());
  }
  EXPECT_EQ(files_.read_file(folder_).error().message(), folder_ + " is a folder, not a file");
}

TEST_F(FileSystemTest, AHugeFileIsNotReadAsAWhole) {
  write("f", "", {});
  std::filesystem::resize_file(at("f"), uintmax_t{1} << 40);
  EXPECT_EQ(files_.read_file(at("f")).error().message(), at("f") + " has 1048576 MiB; such a file may have 256");
  EXPECT_EQ(files_.read_file(at("f")).error().kind(), ErrorKind::kData);
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

TEST(PathTest, PlainPathsStayBelowTheirFolder) {
  for (const char* path : {"a", "a/b", "pump/day=2024-03-01/part-0.parquet", "..a", "a..", ".a", "a b", "ä"}) {
    EXPECT_TRUE(is_plain_path(path)) << path;
  }
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string(".."), std::string("a/.."), std::string("../a"), std::string("a/./b"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7f")}) {
    EXPECT_FALSE(is_plain_path(path)) << path;
  }
}

TEST(PathTest, TemporaryNamesAreHiddenAndDiffer) {
  EXPECT_TRUE(temporary_name("a/b.csv").starts_with("a/.b.csv."));
  EXPECT_TRUE(temporary_name("b.csv").ends_with(".tmp"));
  EXPECT_NE(temporary_name("b.csv"), temporary_name("b.csv"));
}

TEST(PathTest, JoinsAndSplits) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path("a", ""), "a");
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("a"), ".");
  EXPECT_EQ(folder_of("/a"), "/");
}

}  // namespace
}  // namespace headrace
