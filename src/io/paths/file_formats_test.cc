#include "io/paths/file_formats.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(FileFormats, ByWord) {
  EXPECT_EQ(*file_format_from_string("jsonl"), FileFormat::kNdjson);
  EXPECT_EQ(file_format_from_string("parket").error().message(), "`parket` is not a file format that can be read");
  EXPECT_EQ(file_format_from_string("parket").error().help(), "did you mean `parquet`?");
  EXPECT_EQ(file_format_from_string("avro").error().help(), "there are: `parquet`, `csv`, `ndjson`");
}

TEST(FileFormats, ByExtensionInAnyCase) {
  EXPECT_EQ(file_format_of_path("a.csv.zst"), FileFormat::kCsv);
  EXPECT_EQ(file_format_of_path("a.tsv"), FileFormat::kCsv);
  EXPECT_EQ(file_format_of_path("a.jsonl.gz"), FileFormat::kNdjson);
  EXPECT_EQ(file_format_of_path("FEB.CSV"), FileFormat::kCsv);
  EXPECT_EQ(file_format_of_path("FEB.Json.GZ"), FileFormat::kNdjson);
  EXPECT_EQ(file_format_of_path("X.PARQUET"), FileFormat::kParquet);
  EXPECT_EQ(file_format_of_path("a.parquet.gz"), std::nullopt);
  EXPECT_EQ(file_format_of_path("a.csv.gz.gz"), std::nullopt);
  EXPECT_EQ(file_format_of_path("a"), std::nullopt);
  EXPECT_EQ(file_format_of_path(".gz"), std::nullopt);
}

TEST(FileFormats, HowATextIsPackedAndParted) {
  EXPECT_EQ(packing_of_path("a.CSV.GZ"), TextPacking::kGzip);
  EXPECT_EQ(packing_of_path("a.ndjson.zst"), TextPacking::kZstd);
  EXPECT_EQ(packing_of_path("a.ndjson"), TextPacking::kNone);
  EXPECT_TRUE(is_tab_separated("d/A.TSV.gz"));
  EXPECT_FALSE(is_tab_separated("d.tsv/a.csv"));
}

}  // namespace
}  // namespace headrace
