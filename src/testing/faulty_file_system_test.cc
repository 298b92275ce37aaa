#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

using Files = std::map<std::string, std::string>;

/// Changes 1 to 3 and 4: create, append, (sync), close.
Status save(FileSystem& files, const std::string& path, std::string_view bytes, bool synced) {
  ASSIGN_OR_RETURN(auto file, files.create(path, {}));
  RETURN_IF_ERROR(file->append(bytes));
  if (synced) RETURN_IF_ERROR(file->sync());
  return file->close();
}

TEST(FaultyFileSystemTest, KilledProcessLosesNothing) {
  FaultyFileSystem files;
  ASSERT_TRUE(save(files, "a", "12", false).ok());
  files.restart(Loss::kNothing);
  EXPECT_EQ(files.all_files(), (Files{{"a", "12"}}));
}

TEST(FaultyFileSystemTest, UnsyncedBytesAreTorn) {
  FaultyFileSystem files;
  ASSERT_TRUE(save(files, "a", "1234", false).ok());
  ASSERT_TRUE(save(files, "b", "1234", true).ok());
  files.restart(Loss::kUnsyncedBytes);
  EXPECT_EQ(files.all_files(), (Files{{"a", "12"}, {"b", "1234"}}));
}

TEST(FaultyFileSystemTest, UnsyncedNamesAreLost) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.make_folders("x/y").ok());
  ASSERT_TRUE(save(files, "x/a", "1", true).ok());
  ASSERT_TRUE(files.sync_folder(".").ok());
  ASSERT_TRUE(files.sync_folder("x").ok());
  ASSERT_TRUE(files.rename("x/a", "x/b").ok());
  ASSERT_TRUE(save(files, "x/y/c", "2", true).ok());
  files.restart(Loss::kUnsyncedNames);
  EXPECT_EQ(files.all_files(), (Files{{"x/a", "1"}}));
}

TEST(FaultyFileSystemTest, FailsForGoodFromTheGivenChange) {
  FaultyFileSystem files;
  files.crash_at(2);
  EXPECT_FALSE(save(files, "a", "1234", true).ok());
  EXPECT_TRUE(files.has_crashed());
  EXPECT_EQ(files.changes(), 1);
  EXPECT_FALSE(files.exists("a").ok());
  EXPECT_FALSE(files.read_file("a").ok());
  files.restart(Loss::kNothing);
  EXPECT_EQ(files.all_files(), (Files{{"a", "12"}}));
}

TEST(FaultyFileSystemTest, FilesOfAnEarlierLifeAreDead) {
  FaultyFileSystem files;
  auto file = files.create("a", {});
  files.restart(Loss::kNothing);
  EXPECT_FALSE((*file)->append("1").ok());
  EXPECT_EQ(files.all_files(), (Files{{"a", ""}}));
}

TEST(FaultyFileSystemTest, RemovesOnlyEmptyFolders) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.make_folders("x/y").ok());
  EXPECT_FALSE(files.remove("x").ok());
  EXPECT_TRUE(files.remove_all("x").ok());
  EXPECT_FALSE(files.exists("x").value());
}

/// Every crash point of write_file_atomically leaves the old text or the new one.
TEST(WriteFileAtomicallyTest, SurvivesEveryCrash) {
  for (Loss loss : kLosses) {
    for (int64_t change = 1;; ++change) {
      FaultyFileSystem files;
      ASSERT_TRUE(write_file_atomically(files, "f", "old").ok());
      files.restart(Loss::kNothing);
      files.crash_at(change);
      const bool done = write_file_atomically(files, "f", "new").ok();
      files.restart(loss);
      const std::string found = files.read_file("f").value();
      EXPECT_TRUE(found == "new" || (found == "old" && !done)) << "change " << change << ": " << found;
      if (done) break;
    }
  }
}

}  // namespace
}  // namespace headrace
