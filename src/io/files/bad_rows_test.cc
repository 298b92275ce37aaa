#include "io/files/bad_rows.h"

#include "io/files/bad_row_messages.h"
#include "io/source_testing.h"

namespace headrace {
namespace {

Error error_of_rows(const std::string& source, const std::vector<BadRow>& rows) {
  BadRowTally tally;
  std::vector<ShownBadRow> shown;
  for (const BadRow& row : rows) {
    tally.add(source, row);
    shown.push_back({source, row});
  }
  return bad_rows_error(shown, tally);
}

TEST(BadRows, TheErrorIsAnAlignedTableWithTotals) {
  const Error error = error_of_rows("pump_telemetry",
                                    {{"data/a.csv", 3, 4, "event_time", "is not a timestamp", "yester\"day", false, {}},
                                     {"data/long-name.csv", 12, 0, "flow", "is not a number", "x", true, {}}});
  EXPECT_EQ(error.message(),
            "1 row and 1 cell of source `pump_telemetry` cannot be read:\n"
            "  file                row  line  column      problem             value\n"
            "  data/a.csv            3     4  event_time  is not a timestamp  \"yester\\\"day\"\n"
            "  data/long-name.csv   12        flow        is not a number     \"x\"\n"
            "in all:\n"
            "  source          column      problem             rows  cells\n"
            "  pump_telemetry  event_time  is not a timestamp     1\n"
            "  pump_telemetry  flow        is not a number               1");
  EXPECT_NE(error.help().find("`{option bad_rows}`"), std::string::npos);
  EXPECT_EQ(error.kind(), ErrorKind::kData);
}

TEST(BadRows, OneRowWithoutLinesAndALongValue) {
  const Error error =
      error_of_rows("s", {{"a.parquet", 1, 0, "t", "is not a timestamp", std::string(39, 'x') + "éé", false, {}}});
  EXPECT_EQ(error.message(),
            "1 row of source `s` cannot be read:\n"
            "  file       row  column  problem             value\n"
            "  a.parquet    1  t       is not a timestamp  \"" +
                std::string(39, 'x') + "...\"");
}

TEST(BadRows, WhatIsSetAsideIsWrittenInOrderWithItsRecord) {
  TestFolder folder;
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.csv"));
  ASSERT_TRUE(bad_rows.ok());
  ASSERT_TRUE(
      (*bad_rows)->add("s", {{"b.csv", 1, 2, "x", "is not a number", "a,\"b\"", true, "k,\"a,\"\"b\"\"\""}}).ok());
  ASSERT_TRUE((*bad_rows)
                  ->add("s", {{"a.csv", 9, 0, "k", "is missing", "", false, ",1"},
                              {"a.csv", 2, 3, "k", "is missing", "", false, ",2"}})
                  .ok());
  ASSERT_TRUE((*bad_rows)->finish().ok());
  EXPECT_EQ((*bad_rows)->row_count(), 2);
  EXPECT_EQ((*bad_rows)->cell_count(), 1);
  EXPECT_EQ(folder.read("bad.csv"),
            "source,file,row,line,column,problem,effect,value,record\n"
            "s,a.csv,2,3,k,is missing,row left out,,\",2\"\n"
            "s,a.csv,9,,k,is missing,row left out,,\",1\"\n"
            "s,b.csv,1,2,x,is not a number,cell is null,\"a,\"\"b\"\"\",\"k,\"\"a,\"\"\"\"b\"\"\"\"\"\"\"\n");
}

TEST(BadRows, AsNdjson) {
  TestFolder folder;
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.ndjson"));
  ASSERT_TRUE((*bad_rows)->add("s", {{"a.csv", 2, 0, "k", "is missing", "\n", false, "a\tb"}}).ok());
  ASSERT_TRUE((*bad_rows)->add("s", {{"a.csv", 3, 0, "", "is not UTF-8", "", false, "\xffq"}}).ok());
  ASSERT_TRUE((*bad_rows)->finish().ok());
  EXPECT_EQ(folder.read("bad.ndjson"),
            R"({"source": "s", "file": "a.csv", "row": 2, "line": null, "column": "k", "problem": "is missing", )"
            R"("effect": "row left out", "value": "\n", "record": "a\tb"})"
            "\n"
            R"({"source": "s", "file": "a.csv", "row": 3, "line": null, "column": "", "problem": "is not UTF-8", )"
            R"("effect": "row left out", "value": "", "record_base64": "/3E="})"
            "\n");
}

TEST(BadRows, WarningsNameTheMostFrequentProblems) {
  EXPECT_EQ(skipped_warnings({{"a", "", "is not valid JSON", 1, 0},
                              {"a", "k", "is missing", 2, 0},
                              {"a", "x", "is not a number", 0, 1},
                              {"b", "x", "is not a number", 0, 3}}),
            (std::vector<std::string>{"source `a`: 3 rows were left out (2: `k` is missing; 1: is not valid JSON)",
                                      "source `a`: 1 cell was read as null (1: `x` is not a number)",
                                      "source `b`: 3 cells were read as null (3: `x` is not a number)"}));
}

TEST(BadRows, KindsAreBounded) {
  BadRowTally tally;
  for (int i = 0; i < 5'000; ++i) tally.add("s", {"a.csv", i, i, "", fmt::format("has {} fields", i), "", false, {}});
  EXPECT_EQ(tally.rows(), 5'000);
  EXPECT_LE(tally.counts().size(), BadRowTally::kKindsMax + 1);
}

TEST(BadRows, AFileThatCannotBeWrittenIsSaidAtOnce) {
  const auto bad_rows = BadRows::create(BadRowPolicy::kSkip, "/nowhere/bad.csv");
  ASSERT_FALSE(bad_rows.ok());
  EXPECT_EQ(bad_rows.error().message(), "cannot write bad rows to `/nowhere/bad.csv`: No such file or directory");
  EXPECT_EQ(bad_rows.error().kind(), ErrorKind::kEnvironment);
}

}  // namespace
}  // namespace headrace
