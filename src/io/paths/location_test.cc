#include "io/paths/location.h"

#include "io/paths/path_parts.h"
#include "io/source_testing.h"

#include <sys/stat.h>

namespace headrace {
namespace {

std::string expand(const TestFolder& folder, const std::string& path, FileFormat format = FileFormat::kParquet) {
  const auto files = expand_location(path, folder.path(), format);
  if (!files.ok()) return files.error().message() + "\n" + files.error().help();
  std::string text;
  for (const InputFile& file : files->files) text += (text.empty() ? "" : " ") + file.shown;
  return text;
}

class LocationTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"d/b.parquet", "d/a.pq", "d/sub/c.parquet", "d/_temporary/x.parquet", "d/.hidden.parquet",
                             "d/notes.txt", "d/z.csv", "d/y.csv.gz", "d/B.parquet", "d/a-1.parquet", "one.bin"}) {
      folder_.write(name, "x");
    }
    std::filesystem::create_directories(folder_.at("empty"));
  }
  TestFolder folder_;
};

TEST_F(LocationTest, AFileIsItself) {
  EXPECT_EQ(expand(folder_, "one.bin"), "one.bin");
  EXPECT_EQ(expand(folder_, folder_.at("one.bin")), folder_.at("one.bin"));
  EXPECT_EQ(expand(folder_, "./d/../one.bin"), "./d/../one.bin");
}

TEST_F(LocationTest, AFolderIsSearchedInByteOrder) {
  EXPECT_EQ(expand(folder_, "d"), "d/B.parquet d/a-1.parquet d/a.pq d/b.parquet d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "d/"), "d/B.parquet d/a-1.parquet d/a.pq d/b.parquet d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "d", FileFormat::kCsv), "d/y.csv.gz d/z.csv");
}

TEST_F(LocationTest, GlobsMatchSegments) {
  EXPECT_EQ(expand(folder_, "d/*.parquet"), "d/B.parquet d/a-1.parquet d/b.parquet");
  EXPECT_EQ(expand(folder_, "d/?.parquet"), "d/B.parquet d/b.parquet");
  EXPECT_EQ(expand(folder_, "d/[a-c].p*"), "d/a.pq d/b.parquet");
  EXPECT_EQ(expand(folder_, "d/**/*.parquet"), "d/B.parquet d/a-1.parquet d/b.parquet d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "**/c.parquet"), "d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "d/**"), expand(folder_, "d"));
  EXPECT_EQ(expand(folder_, "**/**/**/c.parquet"), "d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "d/s*"), "d/sub/c.parquet");
  EXPECT_EQ(expand(folder_, "d/_t*/*"), "d/_temporary/x.parquet");
  EXPECT_EQ(expand(folder_, folder_.at("d/*.pq")), folder_.at("d/a.pq"));
}

TEST_F(LocationTest, NothingFoundNamesTheNearestFolder) {
  EXPECT_EQ(expand(folder_, "d/aa-1.parquet"), "no file at `d/aa-1.parquet`\nthe nearest existing folder is `" +
                                                   folder_.at("d") + "`; did you mean `a-1.parquet`?");
  EXPECT_EQ(expand(folder_, "dd/x/*.parquet"), "no file matches `dd/x/*.parquet`\nthe nearest existing folder is `" +
                                                   folder_.path() + "`; did you mean `d`?");
  EXPECT_EQ(expand(folder_, "empty"), "folder `empty` holds no parquet files\nthe nearest existing folder is `" +
                                          folder_.at("empty") + "`, which is empty");
  EXPECT_EQ(expand_location("gone", folder_.path(), FileFormat::kCsv).error().kind(), ErrorKind::kEnvironment);
}

TEST_F(LocationTest, UnknownSchemesAreRefused) {
  EXPECT_EQ(expand(folder_, "hdfs://host/x.parquet"),
            "`hdfs://host/x.parquet` cannot be read: hdfs:// is not supported\n"
            "use a local file, folder or glob, or gs:// or s3://");
  EXPECT_EQ(expand_location("hdfs://b/x", "", FileFormat::kCsv).error().kind(), ErrorKind::kData);
}

TEST(Location, HivePartitionsAreDecoded) {
  TestFolder folder;
  folder.write("p/site=a%20b/day=2024-03-01/x.csv", "");
  folder.write("p/site=__HIVE_DEFAULT_PARTITION__/day=2024-03-02/x.csv", "");
  const auto found = expand_location("p", folder.path(), FileFormat::kCsv);
  ASSERT_TRUE(found.ok());
  const std::vector<InputFile>& files = found->files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_FALSE(files[0].partitions[0].value.has_value());
  EXPECT_EQ(files[1].partitions[0].column, "site");
  EXPECT_EQ(files[1].partitions[0].value, "a b");
  EXPECT_EQ(files[1].partitions[1].value, "2024-03-01");
}

TEST(Location, FoldersAboveTheSourceAreNoPartitions) {
  TestFolder folder;
  folder.write("env=prod/p/day=2024-03-01/x.csv", "");
  const auto columns = [&](const std::string& path) {
    std::string text;
    const auto found = expand_location(path, folder.path(), FileFormat::kCsv);
    if (!found.ok()) return found.error().message();
    for (const HivePartition& each : found->files.front().partitions) text += each.column + " ";
    return text;
  };
  EXPECT_EQ(columns("env=prod/p"), "day ");
  EXPECT_EQ(columns(folder.at("env=prod/p")), "day ");
  EXPECT_EQ(columns("env=prod/p/day=2024-03-01/x.csv"), "");
  EXPECT_EQ(columns("env=prod/p/day=*/x.csv"), "day ");
  EXPECT_EQ(columns("env=*/p/day=2024-03-01/*.csv"), "env day ");
}

TEST_F(LocationTest, WhatIsLeftOutIsCountedAndNamed) {
  const auto found = expand_location("d", folder_.path(), FileFormat::kCsv);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->left_out.count(), 8);
  EXPECT_EQ(found->left_out.text(),
            "6 of other formats (`d/B.parquet`, `d/a-1.parquet`, `d/a.pq`, ..), 2 hidden (`d/.hidden.parquet`, "
            "`d/_temporary`)");
  EXPECT_EQ(expand_location("d/*.csv", folder_.path(), FileFormat::kCsv)->left_out.count(), 0);
  EXPECT_EQ(expand_location("d/*.parquet", folder_.path(), FileFormat::kParquet)->left_out.text(),
            "1 hidden (`d/.hidden.parquet`)");
}

TEST(Location, AFileThatLinksReachIsOneFile) {
  TestFolder folder;
  folder.write("d/2024/a.csv", "x");
  folder.write("outside/b.csv", "x");
  namespace fs = std::filesystem;
  fs::create_symlink("2024", folder.at("d/latest"));
  fs::create_symlink("../../outside", folder.at("d/2024/more"));
  fs::create_symlink("../outside/b.csv", folder.at("d/a-first.csv"));
  fs::create_symlink("..", folder.at("d/2024/loop"));
  fs::create_symlink("loop/2024", folder.at("d/2024/again"));
  const auto found = expand_location("d", folder.path(), FileFormat::kCsv);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(expand(folder, "d", FileFormat::kCsv), "d/2024/a.csv d/2024/more/b.csv");
  EXPECT_FALSE(found->files[0].is_by_link);
  EXPECT_TRUE(found->files[1].is_by_link);
  EXPECT_EQ(found->left_out.text(),
            "2 that links reach again (`d/a-first.csv`, `d/latest`), 2 that are links in a circle (`d/2024/again`, "
            "`d/2024/loop`)");
}

TEST(Location, ManyLinksAndPatternsEnd) {
  TestFolder folder;
  folder.write("d/x/a.csv", "x");
  std::filesystem::create_symlink("..", folder.at("d/x/one"));
  std::filesystem::create_symlink("../x", folder.at("d/x/two"));
  EXPECT_EQ(expand(folder, "d/**/**/**/**/x/**/**/*.csv", FileFormat::kCsv), "d/x/a.csv");
  EXPECT_EQ(expand(folder, "**/*/**/*/**/*.csv", FileFormat::kCsv), "d/x/a.csv");
}

TEST(Location, PipesAreRefused) {
  TestFolder folder;
  folder.write("d/a.csv", "x");
  ASSERT_EQ(::mkfifo(folder.at("d/b.csv").c_str(), 0600), 0);
  EXPECT_EQ(expand(folder, "d", FileFormat::kCsv),
            "`d/b.csv` is a pipe, and a source is read more than once\n"
            "write what it gives into a file and name that");
  EXPECT_EQ(expand_location("/dev/zero", "", FileFormat::kCsv).error().message(),
            "`/dev/zero` is a device, and a source is read more than once");
}

TEST(PathParts, WildcardsMatchBytes) {
  EXPECT_TRUE(matches_wildcards("a*b*c", "axxbyyc"));
  EXPECT_FALSE(matches_wildcards("a*b*c", "axxbyy"));
  EXPECT_TRUE(matches_wildcards("[a-c][!x]?", "byz"));
  EXPECT_FALSE(matches_wildcards("[^b]", "b"));
  EXPECT_TRUE(matches_wildcards("[]]", "]"));
  EXPECT_TRUE(matches_wildcards("[a", "[a"));
  EXPECT_TRUE(matches_wildcards("**", ""));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "*a";
  EXPECT_FALSE(matches_wildcards(many + "b", std::string(250, 'a')));
}

}  // namespace
}  // namespace headrace
