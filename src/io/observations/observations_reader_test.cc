#include "io/observations/observations_reader.h"

#include "io/observations/observations_table.h"
#include "io/source_testing.h"

namespace headrace {
namespace {

std::string values_of(const Result<Column>& column) {
  if (!column.ok()) return column.error().message();
  std::string text;
  for (int64_t i = 0; i < column->length; ++i) text += (i == 0 ? "" : ", ") + to_json(column->value_at(i));
  return text;
}

TEST(Observations, ParquetKeepsEverythingAndWidensKeys) {
  TestFolder folder;
  folder.write_parquet("l.parquet",
                       {{"label", arrow::list(arrow::int8()), "[[1], [], null]"},
                        {"k", arrow::int16(), "[1, null, 1]"},
                        {"t", arrow::timestamp(arrow::TimeUnit::SECOND), "[1, 2, null]"}},
                       2);
  const auto table = read_observations(folder.at("l.parquet"), {});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows(), 3);
  EXPECT_EQ(table->column_names(), (std::vector<std::string>{"label", "k", "t"}));
  EXPECT_EQ(values_of(table->key_column("k", ScalarType::kNull)), "1, null, 1");
  EXPECT_EQ(values_of(table->key_column("k", ScalarType::kInt64)), "1, null, 1");
  EXPECT_EQ(values_of(table->time_column("t", std::nullopt)),
            R"("1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", null)");
  EXPECT_EQ(arrow_table_of(*table)->schema()->field(1)->type()->id(), arrow::Type::INT16);
}

TEST(Observations, CsvTypesAreFoundWithoutLosingText) {
  TestFolder folder;
  folder.write("l.csv",
               "i,d,b,s,zip,id,e,m\n"
               "1,1.5,true,x,01234,12345678901234567890,,1\n"
               "-2,2,False,\"\",99999,1,,2.5\n"
               ",nan,,,10115,2,,9007199254740993\n");
  const auto table = read_observations(folder.at("l.csv"), {});
  ASSERT_TRUE(table.ok()) << table.error().message();
  EXPECT_EQ(arrow_table_of(*table)->schema()->ToString(),
            "i: int64\nd: double\nb: bool\ns: string\nzip: string\nid: string\ne: string\nm: string");
  EXPECT_EQ(values_of(table->key_column("i", ScalarType::kString)), R"("1", "-2", null)");
  EXPECT_EQ(values_of(table->key_column("zip", ScalarType::kInt64)),
            fmt::format("`{}`: the key column `zip` holds string, and it is int64 in the sources", folder.at("l.csv")));
}

TEST(Observations, GivenTypesAreFollowed) {
  TestFolder folder;
  folder.write("l.csv", "k,n,t\n1,007,2024-03-01\n2,8,2024-03-02\n");
  ObservationOptions options;
  options.types = {{"k", ScalarType::kString}, {"n", ScalarType::kInt64}, {"t", ScalarType::kTimestamp}};
  const auto table = read_observations(folder.at("l.csv"), options);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(values_of(table->key_column("k", ScalarType::kNull)), R"("1", "2")");
  EXPECT_EQ(values_of(table->key_column("n", ScalarType::kNull)), "7, 8");
  EXPECT_EQ(values_of(table->time_column("t", TimeUnit::kSeconds)),
            R"("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z")");
  options.types = {{"t", ScalarType::kInt64}};
  EXPECT_EQ(read_observations(folder.at("l.csv"), options).error().message(),
            fmt::format("`{}`, column `t`, row 1: \"2024-03-01\" is not a value of type int64", folder.at("l.csv")));
}

TEST(Observations, NdjsonColumnsAppearAsTheyCome) {
  TestFolder folder;
  folder.write("l.ndjson",
               "{\"k\": \"1\", \"x\": 1}\n{\"k\": \"2\", \"x\": 2.5, \"late\": [1, {\"a\": 2}]}\n{\"x\": null, "
               "\"late\": true}\n");
  const auto table = read_observations(folder.at("l.ndjson"), {});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(arrow_table_of(*table)->schema()->ToString(), "k: string\nx: double\nlate: string");
  EXPECT_EQ(values_of(table->key_column("late", ScalarType::kString)), R"(null, "[1, {\"a\": 2}]", "true")");
}

TEST(Observations, TimesAsTextOrIntegers) {
  TestFolder folder;
  folder.write("l.csv", "a,b,c\n2024-03-01T00:00:00.5Z,1500,2024-03-01\n,,never\n");
  const auto table = read_observations(folder.at("l.csv"), {});
  EXPECT_EQ(values_of(table->time_column("a", TimeUnit::kSeconds)), R"("2024-03-01T00:00:00.500000Z", null)");
  EXPECT_EQ(values_of(table->time_column("b", TimeUnit::kMilliseconds)), R"("1970-01-01T00:00:01.500000Z", null)");
  EXPECT_EQ(values_of(table->time_column("c", std::nullopt)),
            fmt::format("`{}`, column `c`, row 2: \"never\" is not a timestamp", folder.at("l.csv")));
  EXPECT_EQ(table->time_column("time", std::nullopt).error().help(), "there are: `a`, `b`, `c`");
}

TEST(Observations, ManyRowsAndFiles) {
  TestFolder folder;
  std::string text = "k\n";
  for (int i = 0; i < 300'000; ++i) text += fmt::format("{}\n", i);
  folder.write_compressed("l.csv.zst", text);
  const auto table = read_observations(folder.at("l.csv.zst"), {});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows(), 300'000);
  EXPECT_EQ(table->key_column("k", ScalarType::kNull)->int64s()[299'999], 299'999);
}

TEST(Observations, EmptyTables) {
  TestFolder folder;
  folder.write("l.csv", "k,t\n");
  const auto table = read_observations(folder.at("l.csv"), {});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows(), 0);
  EXPECT_EQ(table->key_column("k", ScalarType::kString)->length, 0);
}

TEST(Observations, WhatCannotBeRead) {
  TestFolder folder;
  EXPECT_EQ(read_observations("labels.xlsx", {}).error().message(),
            "the extension of `labels.xlsx` does not say its format");
  EXPECT_EQ(read_observations(folder.at("gone.csv"), {}).error().kind(), ErrorKind::kEnvironment);
  folder.write("l.csv", "a,b\n1\n");
  EXPECT_EQ(read_observations(folder.at("l.csv"), {}).error().message(),
            fmt::format("`{}`: row 1 (line 2) has 1 field, the header has 2", folder.at("l.csv")));
}

}  // namespace
}  // namespace headrace
