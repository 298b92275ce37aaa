#include "io/commit/replace_files.h"

#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

using Texts = std::map<std::string, std::string>;

const std::vector<ReplacedFile> kReplaced = {
    {"project.yaml", "a 1", "a 2"}, {"features/x.yaml", "b 1", "b 2"}, {"features/deep/y.yaml", "c 1", "c 2"}};

void put_texts(FaultyFileSystem& files) {
  ASSERT_TRUE(files.make_folders("features/deep").ok());
  for (const char* folder : {".", "features"}) ASSERT_TRUE(files.sync_folder(folder).ok());
  for (const ReplacedFile& each : kReplaced) ASSERT_TRUE(write_file_atomically(files, each.path, each.before).ok());
  files.restart(Loss::kNothing);
}

Texts texts(bool is_after) {
  Texts found;
  for (const ReplacedFile& each : kReplaced) found[each.path] = is_after ? each.after : each.before;
  return found;
}

/// Without those that are hidden.
Texts seen(const FaultyFileSystem& files) {
  Texts found = files.all_files();
  std::erase_if(found, [](const auto& file) { return file.first.ends_with(".tmp"); });
  return found;
}

TEST(ReplaceFilesTest, ReplacesAll) {
  FaultyFileSystem files;
  put_texts(files);
  ASSERT_TRUE(replace_files(files, kReplaced).ok());
  EXPECT_EQ(files.all_files(), texts(true));
  files.restart(Loss::kUnsyncedNames);
  EXPECT_EQ(seen(files), texts(true));
}

/// Each change fails in turn, and those after it succeed.
TEST(ReplaceFilesTest, AllOrNoneWhateverFails) {
  bool has_failed = true;
  int64_t change = 1;
  int leavings = 0;
  for (; has_failed || change < 15; ++change) {
    SCOPED_TRACE(change);
    FaultyFileSystem files;
    put_texts(files);
    files.fail_at(change);
    const Status done = replace_files(files, kReplaced);
    has_failed = !done.ok();
    EXPECT_EQ(seen(files), texts(!has_failed));
    if (files.all_files().size() > kReplaced.size()) ++leavings;
    if (has_failed) {
      EXPECT_NE(done.error().message().find("no luck"), std::string::npos) << done.error().message();
    }
    ASSERT_LT(change, 200);
  }
  EXPECT_GT(change, 25) << "drafts, syncs and renames were all tried";
  EXPECT_LE(leavings, static_cast<int>(kReplaced.size())) << "only where a removal fails something is left";
}

/// Killed at each change: each file is whole, and before the first rename all are old.
TEST(ReplaceFilesTest, KilledItLeavesWholeFiles) {
  for (const Loss loss : kLosses) {
    bool was_killed = true;
    for (int64_t change = 1; was_killed; ++change) {
      FaultyFileSystem files;
      put_texts(files);
      files.crash_at(change);
      was_killed = !replace_files(files, kReplaced).ok();
      files.restart(loss);
      for (const auto& [path, text] : seen(files)) {
        EXPECT_TRUE(text == texts(false)[path] || text == texts(true)[path]) << path << ": " << text;
      }
      EXPECT_EQ(seen(files).size(), kReplaced.size());
    }
  }
}

TEST(ReplaceFilesTest, AMissingFolderChangesNothing) {
  FaultyFileSystem files;
  put_texts(files);
  std::vector<ReplacedFile> more = kReplaced;
  more.push_back({"none/x.yaml", "a", "b"});
  EXPECT_FALSE(replace_files(files, more).ok());
  EXPECT_EQ(files.all_files(), texts(false));
}

}  // namespace
}  // namespace headrace
