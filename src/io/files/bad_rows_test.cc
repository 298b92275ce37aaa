#include "io/files/bad_rows.h"

#include "io/source_testing.h"

namespace headrace {
namespace {

TEST(BadRows, TheErrorIsAnAlignedTable) {
  const std::vector<BadRow> rows = {{"data/a.csv", 3, 4, "event_time", "is not a timestamp", "yester\"day"},
                                    {"data/long-name.csv", 12, 0, "pump_id", "is missing", ""}};
  const Error error = bad_rows_error("pump_telemetry", rows);
  EXPECT_EQ(error.message(),
            "source `pump_telemetry` has bad rows; the first 2 are\n"
            "  file                row  line  column      problem             value\n"
            "  data/a.csv            3     4  event_time  is not a timestamp  \"yester\\\"day\"\n"
            "  data/long-name.csv   12        pump_id     is missing");
  EXPECT_EQ(error.help(), "correct them, or set them aside with `{option bad_rows}`");
  EXPECT_EQ(error.kind(), ErrorKind::kData);
}

TEST(BadRows, OneRowWithoutLinesAndALongValue) {
  const Error error =
      bad_rows_error("s", {{"a.parquet", 1, 0, "t", "is not a timestamp", std::string(39, 'x') + "éé"}});
  EXPECT_EQ(error.message(),
            "source `s` has a bad row\n"
            "  file       row  column  problem             value\n"
            "  a.parquet    1  t       is not a timestamp  \"" +
                std::string(39, 'x') + "...\"");
}

TEST(BadRows, SkippedRowsAreWrittenInOrderAndCountedOnce) {
  TestFolder folder;
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.csv"));
  ASSERT_TRUE(bad_rows.ok());
  ASSERT_TRUE((*bad_rows)->add("s", {{"b.csv", 1, 2, "x", "is not a number", "a,\"b\""}}).ok());
  ASSERT_TRUE(
      (*bad_rows)->add("s", {{"a.csv", 9, 0, "k", "is missing", ""}, {"a.csv", 2, 3, "k", "is missing", ""}}).ok());
  ASSERT_TRUE((*bad_rows)->add("s", {{"b.csv", 1, 2, "x", "is not a number", "a,\"b\""}}).ok());
  ASSERT_TRUE((*bad_rows)->finish().ok());
  EXPECT_EQ((*bad_rows)->count(), 3);
  EXPECT_EQ((*bad_rows)->count_by_source(), (std::map<std::string, int64_t>{{"s", 3}}));
  EXPECT_EQ(folder.read("bad.csv"),
            "file,row,line,column,problem,value\n"
            "a.csv,2,3,k,is missing,\n"
            "a.csv,9,,k,is missing,\n"
            "b.csv,1,2,x,is not a number,\"a,\"\"b\"\"\"\n");
}

TEST(BadRows, AsNdjson) {
  TestFolder folder;
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.ndjson"));
  ASSERT_TRUE((*bad_rows)->add("s", {{"a.csv", 2, 0, "k", "is missing", "\n"}}).ok());
  ASSERT_TRUE((*bad_rows)->finish().ok());
  EXPECT_EQ(folder.read("bad.ndjson"),
            R"({"file": "a.csv", "row": 2, "line": null, "column": "k", "problem": "is missing", "value": "\n"})"
            "\n");
}

TEST(BadRows, AFileThatCannotBeWrittenIsSaidAtOnce) {
  const auto bad_rows = BadRows::create(BadRowPolicy::kSkip, "/nowhere/bad.csv");
  ASSERT_FALSE(bad_rows.ok());
  EXPECT_EQ(bad_rows.error().message(), "cannot write bad rows to `/nowhere/bad.csv`: No such file or directory");
  EXPECT_EQ(bad_rows.error().kind(), ErrorKind::kEnvironment);
}

}  // namespace
}  // namespace headrace
