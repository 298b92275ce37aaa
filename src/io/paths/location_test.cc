#include "io/paths/location.h"

#include "io/source_testing.h"

namespace headrace {
namespace {

std::string expand(const TestFolder& folder, const std::string& path, FileFormat format = FileFormat::kParquet) {
  const auto files = expand_location(path, folder.path(), format);
  if (!files.ok()) return files.error().message() + "\n" + files.error().help();
  std::string text;
  for (const InputFile& file : *files) text += (text.empty() ? "" : " ") + file.shown;
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
  EXPECT_EQ(expand(folder_, "d/**"),
            "d/B.parquet d/a-1.parquet d/a.pq d/b.parquet d/notes.txt d/sub/c.parquet "
            "d/y.csv.gz d/z.csv");
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
  const auto files = expand_location("p", folder.path(), FileFormat::kCsv);
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->size(), 2U);
  EXPECT_FALSE((*files)[0].partitions[0].value.has_value());
  EXPECT_EQ((*files)[1].partitions[0].column, "site");
  EXPECT_EQ((*files)[1].partitions[0].value, "a b");
  EXPECT_EQ((*files)[1].partitions[1].value, "2024-03-01");
}

TEST(Location, FormatsByWordAndExtension) {
  EXPECT_EQ(*file_format_from_string("jsonl"), FileFormat::kNdjson);
  EXPECT_EQ(file_format_from_string("parket").error().message(), "`parket` is not a file format that can be read");
  EXPECT_EQ(file_format_from_string("parket").error().help(), "did you mean `parquet`?");
  EXPECT_EQ(file_format_from_string("avro").error().help(), "there are: `parquet`, `csv`, `ndjson`");
  EXPECT_EQ(file_format_of_path("a.csv.zst"), FileFormat::kCsv);
  EXPECT_EQ(file_format_of_path("a.tsv"), FileFormat::kCsv);
  EXPECT_EQ(file_format_of_path("a.jsonl.gz"), FileFormat::kNdjson);
  EXPECT_EQ(file_format_of_path("a.parquet.gz"), std::nullopt);
  EXPECT_EQ(file_format_of_path("a"), std::nullopt);
}

}  // namespace
}  // namespace headrace
