#include "io/source_testing.h"

namespace headrace {
namespace {

using Lines = std::vector<std::string>;

TestSource csv(const std::string& path) { return {"csv", path}; }
TestSource ndjson(const std::string& path) { return {"ndjson", path}; }

TEST(CsvSource, FieldsBecomeDeclaredTypes) {
  TestFolder folder;
  folder.write("a.csv",
               "t,k,d,i,b,s,u\n"
               "2024-03-01T00:00:00Z,p1,1.5,2,true,\"a,b\",2024-03-02\n"
               "2024-03-01 01:00,p2,,,,,\n"
               "2024-03-01,p3,nan,-3,False,\"\",\"\"\n");
  const TestSource test = csv("a.csv")
                              .with("d", ScalarType::kDouble)
                              .with("i", ScalarType::kInt64)
                              .with("b", ScalarType::kBool)
                              .with("s", ScalarType::kString)
                              .with("u", ScalarType::kTimestamp);
  const ReadOutcome outcome = read_source(folder, test);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows, (Lines{R"("p1", "2024-03-01T00:00:00Z", 1.5, 2, true, "a,b", "2024-03-02T00:00:00Z")",
                                 R"("p2", "2024-03-01T01:00:00Z", null, null, null, null, null)",
                                 R"("p3", "2024-03-01T00:00:00Z", null, -3, false, "", null)"}));
  EXPECT_EQ(outcome.key_types, std::vector{ScalarType::kString});
  EXPECT_EQ(outcome.units[0].rows, -1);
}

TEST(CsvSource, KeysAreInt64WhenAllAreIntegersInPlainForm) {
  TestFolder folder;
  folder.write("a.csv", "k,t\n1,2024-03-01\n22,2024-03-01\n");
  EXPECT_EQ(read_source(folder, csv("a.csv")).key_types, std::vector{ScalarType::kInt64});
  folder.write("a.csv", "k,t\n1,2024-03-01\n022,2024-03-01\n");
  EXPECT_EQ(read_source(folder, csv("a.csv")).key_types, std::vector{ScalarType::kString});
}

TEST(CsvSource, ALaterKeyOfAnotherFormIsABadRow) {
  TestFolder folder;
  folder.write("d/a.csv", "k,t\n1,2024-03-01\n");
  folder.write("d/b.csv", "k,t\n007,2024-03-01\n");
  EXPECT_EQ(
      read_source(folder, csv("d")).error,
      "1 row of source `s` cannot be read:\n"
      "  file     row  line  column  problem" +
          std::string(80, ' ') +
          "value\n"
          "  d/b.csv    1     2  k       is not an int64, as the key is in the first rows (declare `k: string` in the "
          "columns)  \"007\"");
}

TEST(TextSources, AFileThatIsNoTextSaysWhatItIs) {
  TestFolder folder;
  const auto error_of = [&](const std::string& bytes, const TestSource& test) {
    folder.write(test.path, bytes);
    return read_source(folder, test).error;
  };
  EXPECT_EQ(error_of(std::string("\xFF\xFEk\0,\0", 6), csv("a.csv")),
            "source `s`: `a.csv` holds UTF-16 text, not text in UTF-8");
  EXPECT_EQ(error_of("\x1F\x8B\x08", csv("a.csv")), "source `s`: `a.csv` holds gzip data, not text in UTF-8");
  EXPECT_EQ(error_of("PAR1\x15", ndjson("a.ndjson")), "source `s`: `a.ndjson` holds Parquet, not text in UTF-8");
  EXPECT_EQ(error_of("k", csv("a.csv")).find("not text"), std::string::npos);
}

TEST(NdjsonSource, AFieldThatIsThereTwiceIsABadRow) {
  TestFolder folder;
  folder.write("a.ndjson", "{\"k\": 1, \"t\": \"2024-03-01\", \"k\": 2}\n");
  const std::string error = read_source(folder, ndjson("a.ndjson")).error;
  EXPECT_NE(error.find("k       is there twice  \"1\""), std::string::npos) << error;
  for (const char* pair : {"\"x\": 1, \"x\": null", "\"x\": null, \"x\": 1"}) {
    folder.write("a.ndjson", fmt::format("{{\"k\": 1, \"t\": \"2024-03-01\", {}}}\n", pair));
    const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson").with("x", ScalarType::kDouble));
    EXPECT_NE(outcome.error.find("x       is there twice"), std::string::npos) << outcome.error;
  }
}

TEST(CsvSource, EpochsAndCompressionAndManyFiles) {
  TestFolder folder;
  std::filesystem::create_directories(folder.at("d"));
  folder.write_compressed("d/b.csv.gz", "k,t\n2,1500\n");
  folder.write_compressed("d/a.csv.zst", "t,k\n2500,1\n");
  TestSource test = csv("d");
  test.unit = TimeUnit::kMilliseconds;
  EXPECT_EQ(read_source(folder, test).rows,
            (Lines{"1, \"1970-01-01T00:00:02.500000Z\"", "2, \"1970-01-01T00:00:01.500000Z\""}));
}

TEST(CsvSource, PartitionsAreColumns) {
  TestFolder folder;
  folder.write("d/site=x/day=3/a.csv", "k,t\n1,2024-03-01\n");
  const TestSource test = csv("d").with("site", ScalarType::kString).with("day", ScalarType::kInt64);
  EXPECT_EQ(read_source(folder, test).rows, (Lines{"1, \"2024-03-01T00:00:00Z\", \"x\", 3"}));
}

TEST(CsvSource, BadRowsStopTheRunWithTheFirstTen) {
  TestFolder folder;
  std::string text = "k,t,x\n";
  for (int i = 0; i < 20; ++i) text += i % 2 == 0 ? "a,2024-03-01,1\n" : "a,2024-03-01,one\n";
  folder.write("a.csv", text + ",2024-03-01,1\n");
  const ReadOutcome outcome = read_source(folder, csv("a.csv").with("x", ScalarType::kDouble));
  EXPECT_TRUE(
      outcome.error.starts_with("1 row and 10 cells of source `s` cannot be read; the first 10:\n"
                                "  file   row  line  column  problem          value\n"
                                "  a.csv    2     3  x       is not a number  \"one\"\n"
                                "  a.csv    4     5  x       is not a number  \"one\"\n"))
      << outcome.error;
  EXPECT_TRUE(
      outcome.error.ends_with("in all:\n"
                              "  source  column  problem          rows  cells\n"
                              "  s       k       is missing          1\n"
                              "  s       x       is not a number           10"))
      << outcome.error;
  EXPECT_NE(outcome.help.find("`{option bad_rows}`"), std::string::npos) << outcome.help;
}

TEST(CsvSource, RowsThatCannotBePlacedAreLeftOutAndOtherCellsAreNull) {
  TestFolder folder;
  folder.write("a.csv", "k,t,x\na,2024-03-01,1\n,2024-03-01,2\nb,no,3\nc,2024-03-01\nd,2024-03-01,x\ne,2024-03-02,5\n");
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.csv"));
  const ReadOutcome outcome = read_source(folder, csv("a.csv").with("x", ScalarType::kDouble), bad_rows->get());
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows, (Lines{"\"a\", \"2024-03-01T00:00:00Z\", 1.0", "\"d\", \"2024-03-01T00:00:00Z\", null",
                                 "\"e\", \"2024-03-02T00:00:00Z\", 5.0"}));
  ASSERT_TRUE((*bad_rows)->finish().ok());
  EXPECT_EQ((*bad_rows)->row_count(), 3);
  EXPECT_EQ((*bad_rows)->cell_count(), 1);
  EXPECT_EQ(folder.read("bad.csv"),
            "source,file,row,line,column,problem,effect,value,record\n"
            "s,a.csv,2,3,k,is missing,row left out,,\",2024-03-01,2\"\n"
            "s,a.csv,3,4,t,is not a timestamp,row left out,no,\"b,no,3\"\n"
            "s,a.csv,4,5,,\"has 2 fields, the header has 3\",row left out,\"c,2024-03-01\",\"c,2024-03-01\"\n"
            "s,a.csv,5,6,x,is not a number,cell is null,x,\"d,2024-03-01,x\"\n");
}

TEST(CsvSource, AUnitThatIsReadAgainIsSetAsideOnce) {
  TestFolder folder;
  folder.write("a.csv", "k,t,x\na,2024-03-01,one\n,2024-03-01,2\n");
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, "");
  const TestSource test = csv("a.csv").with("x", ScalarType::kDouble);
  auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*source)->read(0, [](const Batch&) { return Status(); }).ok());
  EXPECT_EQ((*bad_rows)->counts(),
            (std::vector<BadRowCount>{{"s", "k", "is missing", 1, 0}, {"s", "x", "is not a number", 0, 1}}));
}

TEST(NdjsonSource, AnArrayIsNoNdjson) {
  TestFolder folder;
  folder.write("a.ndjson", "[{\"k\": 1, \"t\": \"2024-03-01\"}]\n");
  const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson"));
  EXPECT_EQ(outcome.error, "`a.ndjson` is a JSON array, and NDJSON has one object a line");
}

TEST(NdjsonSource, BareNanAndInfinityAreNull) {
  TestFolder folder;
  folder.write("a.ndjson",
               "{\"k\": 1, \"t\": \"2024-03-01\", \"x\": NaN}\n"
               "{\"k\": 2, \"t\": \"2024-03-01\", \"x\": -Infinity}\n{\"k\": 3, \"t\": \"2024-03-01\", \"x\": Nan}\n");
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, "");
  const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson").with("x", ScalarType::kDouble), bad_rows->get());
  EXPECT_EQ(outcome.rows, (Lines{"1, \"2024-03-01T00:00:00Z\", null", "2, \"2024-03-01T00:00:00Z\", null"}));
  EXPECT_EQ((*bad_rows)->row_count(), 1);
}

TEST(CsvSource, TheHeaderIsChecked) {
  TestFolder folder;
  folder.write("a.csv", "k,t,flow,flow\n");
  EXPECT_EQ(read_source(folder, csv("a.csv").with("flows", ScalarType::kDouble)).help, "did you mean `flow`?");
  EXPECT_EQ(read_source(folder, csv("a.csv").with("flow", ScalarType::kDouble)).error,
            "source `s`: `a.csv`: there are several columns named `flow`");
}

TEST(CsvSource, BatchesAreBounded) {
  TestFolder folder;
  std::string text = "k,t\n";
  for (int i = 0; i < 150'000; ++i) text += "1,2024-03-01\n";
  folder.write("a.csv", text);
  const ReadOutcome outcome = read_source(folder, csv("a.csv"));
  EXPECT_EQ(outcome.rows.size(), 150'000U);
}

TEST(NdjsonSource, ValuesBecomeDeclaredTypes) {
  TestFolder folder;
  folder.write("a.ndjson",
               "{\"k\": \"p\\u00e9\", \"t\": \"2024-03-01T00:00:00Z\", \"d\": 1.5e1, \"i\": -3, \"b\": true, \"s\": "
               "\"x\\n\", \"z\": {\"a\": [1]}}\n"
               "\n"
               "{\"t\": \"2024-03-01\", \"k\": \"q\", \"d\": \"NaN\", \"s\": null}\r\n"
               "{\"t\": \"2024-03-01\", \"k\": \"r\", \"d\": 2, \"z\": [[1], {}]}");
  const TestSource test = ndjson("a.ndjson")
                              .with("d", ScalarType::kDouble)
                              .with("i", ScalarType::kInt64)
                              .with("b", ScalarType::kBool)
                              .with("s", ScalarType::kString);
  const ReadOutcome outcome = read_source(folder, test);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows, (Lines{R"("pé", "2024-03-01T00:00:00Z", 15.0, -3, true, "x\n")",
                                 R"("q", "2024-03-01T00:00:00Z", null, null, null, null)",
                                 R"("r", "2024-03-01T00:00:00Z", 2.0, null, null, null)"}));
}

TEST(NdjsonSource, EpochsKeysAndCompression) {
  TestFolder folder;
  folder.write_compressed("a.ndjson.gz", "{\"k\": 7, \"t\": 2}\n");
  TestSource test = ndjson("a.ndjson.gz");
  test.unit = TimeUnit::kSeconds;
  const ReadOutcome outcome = read_source(folder, test);
  EXPECT_EQ(outcome.rows, (Lines{"7, \"1970-01-01T00:00:02Z\""}));
  EXPECT_EQ(outcome.key_types, std::vector{ScalarType::kInt64});
}

TEST(NdjsonSource, WrongTypesAreBadRows) {
  TestFolder folder;
  const struct {
    const char* json;
    ScalarType type;
    const char* row;
  } table[] = {
      {R"("1")", ScalarType::kDouble, R"(x       is a text in quotes, not a JSON number (declare it as string)  "1")"},
      {R"("1")", ScalarType::kInt64, R"(x       is a text in quotes, not an int64 (declare it as string)  "1")"},
      {"1.0", ScalarType::kInt64, R"(x       is not an int64 (declare it as double)  "1.0")"},
      {"12345678901234567890", ScalarType::kInt64,
       R"(x       is not an int64 (it has more than 64 bits)  "12345678901234567890")"},
      {"1", ScalarType::kBool, R"(x       is not true or false  "1")"},
      {"1", ScalarType::kString, R"(x       is not a JSON string  "1")"},
      {"1", ScalarType::kTimestamp, R"(x       is not a timestamp (a number needs `unit`)  "1")"},
      {"\"soon\"", ScalarType::kTimestamp, R"(x       is not a timestamp  "soon")"},
      {"{\"a\": 1}", ScalarType::kDouble, R"(x       is a nested value  "{\"a\": 1}")"},
      {"[1]", ScalarType::kString, R"(x       is a nested value  "[1]")"},
  };
  for (const auto& row : table) {
    folder.write("a.ndjson", fmt::format("{{\"k\": 1, \"t\": \"2024-03-01\", \"x\": {}}}\n", row.json));
    const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson").with("x", row.type));
    EXPECT_TRUE(outcome.error.ends_with(row.row)) << outcome.error;
  }
}

TEST(NdjsonSource, WhatIsNoObjectIsABadRow) {
  TestFolder folder;
  folder.write(
      "a.ndjson",
      "{\"k\": 1, \"t\": \"2024-03-01\"}\n{\"k\": 1, \"t\": \"2024-03-01\"\n[1]\n{\"k\": 1, \"t\": \"2024-03-01\"} x\n"
      "{\"k\": 1, \"z\": 2}\n{\"k\": 01, \"t\": \"2024-03-01\"}\n{\"k\": \"\xff\", \"t\": 1}\n");
  auto bad_rows = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.csv"));
  const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson"), bad_rows->get());
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows.size(), 1U);
  ASSERT_TRUE((*bad_rows)->finish().ok());
  const std::string text = folder.read("bad.csv");
  EXPECT_NE(text.find("s,a.ndjson,2,2,,is not valid JSON,row left out,"), std::string::npos) << text;
  EXPECT_NE(text.find("s,a.ndjson,3,3,,is not a JSON object,row left out,[1],[1]"), std::string::npos) << text;
  EXPECT_NE(text.find("s,a.ndjson,4,4,,is not valid JSON,row left out,"), std::string::npos) << text;
  EXPECT_NE(text.find("s,a.ndjson,5,5,t,is missing,row left out,"), std::string::npos) << text;
  EXPECT_NE(text.find("s,a.ndjson,6,6,,is not valid JSON,row left out,"), std::string::npos) << text;
  EXPECT_NE(text.find("s,a.ndjson,7,7,,is not valid JSON,row left out,"), std::string::npos) << text;
}

TEST(NdjsonSource, MisspeltColumnsAreFoundInTheFirstRows) {
  TestFolder folder;
  folder.write("a.ndjson", "{\"k\": 1, \"t\": \"2024-03-01\", \"flow\": 1}\n");
  const ReadOutcome outcome = read_source(folder, ndjson("a.ndjson").with("flows", ScalarType::kDouble));
  EXPECT_EQ(outcome.error, "source `s`: `a.ndjson`: there is no column `flows`");
  EXPECT_EQ(outcome.help, "did you mean `flow`?");
}

TEST(NdjsonSource, AKeyCannotBeAFraction) {
  TestFolder folder;
  folder.write("a.ndjson", "{\"k\": 1.5, \"t\": \"2024-03-01\"}\n");
  EXPECT_EQ(read_source(folder, ndjson("a.ndjson")).error,
            "source `s`: `a.ndjson`: the key column `k` holds 1.5, and a key is int64, string, bool or timestamp");
}

TEST(TextSources, BrokenCompressionIsNamed) {
  TestFolder folder;
  folder.write("a.csv.gz", "k,t\n1,2024-03-01\n");
  const ReadOutcome outcome = read_source(folder, csv("a.csv.gz"));
  EXPECT_TRUE(outcome.error.starts_with("source `s`: cannot read `a.csv.gz`: ")) << outcome.error;
  EXPECT_EQ(outcome.kind, ErrorKind::kData);
}

}  // namespace
}  // namespace headrace
