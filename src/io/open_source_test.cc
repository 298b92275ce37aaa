#include "io/open_source.h"

#include "io/source_testing.h"

#include <thread>

namespace headrace {
namespace {

using Lines = std::vector<std::string>;
const auto kMillis = arrow::timestamp(arrow::TimeUnit::MILLI);

TEST(ParquetSource, DeliversTheRequestWithUnitsAndStatistics) {
  TestFolder folder;
  folder.write_parquet("a.parquet",
                       {{"unused", arrow::utf8(), R"(["u", "u", "u"])"},
                        {"x", arrow::float32(), "[0.5, null, 2]"},
                        {"t", kMillis, "[1000, 3000, 2000]"},
                        {"k", arrow::int32(), "[7, 8, 7]"}},
                       2);
  const ReadOutcome outcome = read_source(folder, TestSource{"parquet", "a.parquet"}.with("x", ScalarType::kDouble));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows, (Lines{"7, \"1970-01-01T00:00:01Z\", 0.5", "8, \"1970-01-01T00:00:03Z\", null",
                                 "7, \"1970-01-01T00:00:02Z\", 2.0"}));
  EXPECT_EQ(outcome.key_types, std::vector{ScalarType::kInt64});
  ASSERT_EQ(outcome.units.size(), 2U);
  EXPECT_EQ(outcome.units[0].file, "a.parquet");
  EXPECT_EQ(outcome.units[0].rows, 2);
  EXPECT_EQ(outcome.units[0].time_min->us, 1'000'000);
  EXPECT_EQ(outcome.units[0].time_max->us, 3'000'000);
  EXPECT_EQ(outcome.units[1].rows, 1);
}

TEST(ParquetSource, StatisticsOfEveryUnitAreMicrosecondsRoundedOutwards) {
  TestFolder folder;
  const struct {
    std::shared_ptr<arrow::DataType> type;
    std::optional<TimeUnit> unit;
    int64_t least, most;
  } table[] = {
      {arrow::timestamp(arrow::TimeUnit::SECOND), {}, -1'500'000'000, 1'999'000'000},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), {}, -1'500, 1'999},
      {arrow::timestamp(arrow::TimeUnit::NANO), {}, -2, 2},
      {arrow::date32(), {}, -1'500 * kMicrosPerDay, 1'999 * kMicrosPerDay},
      {arrow::int64(), TimeUnit::kNanoseconds, -2, 2},
      {arrow::int32(), TimeUnit::kSeconds, -1'500'000'000, 1'999'000'000},
  };
  for (const auto& row : table) {
    folder.write_parquet("a.parquet", {{"k", arrow::int64(), "[1, 1]"}, {"t", row.type, "[1999, -1500]"}});
    TestSource source{"parquet", "a.parquet", row.unit};
    const ReadOutcome outcome = read_source(folder, source);
    EXPECT_EQ(outcome.error, "");
    ASSERT_TRUE(outcome.units[0].time_min.has_value()) << row.type->ToString();
    EXPECT_EQ(outcome.units[0].time_min->us, row.least) << row.type->ToString();
    EXPECT_EQ(outcome.units[0].time_max->us, row.most) << row.type->ToString();
  }
}

TEST(ParquetSource, LargeRowGroupsComeInBoundedBatches) {
  TestFolder folder;
  std::string ones = "[1";
  for (int i = 1; i < 200'000; ++i) ones += ",1";
  ones += "]";
  folder.write_parquet("a.parquet", {{"k", arrow::int8(), ones}, {"t", arrow::int32(), ones}});
  TestSource test{"parquet", "a.parquet", TimeUnit::kSeconds};
  auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
  auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
  ASSERT_TRUE(source.ok());
  int64_t rows = 0;
  const Status status = (*source)->read(0, [&](const Batch& batch) {
    EXPECT_LE(batch.rows, 98'304);
    rows += batch.rows;
    return Status();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(rows, 200'000);
}

TEST(ParquetSource, DictionariesAndPartitionsAndFilesInOrder) {
  TestFolder folder;
  const auto dictionary = arrow::dictionary(arrow::int32(), arrow::utf8());
  folder.write_parquet("d/site=b/x.parquet",
                       {{"k", dictionary, R"(["p"])"}, {"t", arrow::utf8(), R"(["2024-03-01"])"}});
  folder.write_parquet("d/site=a%2F/x.parquet",
                       {{"k", arrow::large_utf8(), R"(["q"])"}, {"t", arrow::date32(), "[1]"}});
  folder.write_parquet("d/site=__HIVE_DEFAULT_PARTITION__/x.parquet",
                       {{"k", arrow::utf8(), R"(["r"])"}, {"t", kMillis, "[1]"}});
  const ReadOutcome outcome = read_source(folder, TestSource{"parquet", "d"}.with("site", ScalarType::kString));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.rows, (Lines{"\"r\", \"1970-01-01T00:00:00.001000Z\", null",
                                 "\"q\", \"1970-01-02T00:00:00Z\", \"a/\"", "\"p\", \"2024-03-01T00:00:00Z\", \"b\""}));
}

TEST(ParquetSource, APartitionCanBeTheKeyAndTheTime) {
  TestFolder folder;
  folder.write_parquet("d/k=7/t=2024-03-01/x.parquet", {{"x", arrow::float64(), "[1, 2]"}});
  const ReadOutcome outcome = read_source(folder, TestSource{"parquet", "d/**/*.parquet"});
  EXPECT_EQ(outcome.rows, (Lines{"7, \"2024-03-01T00:00:00Z\"", "7, \"2024-03-01T00:00:00Z\""}));
  EXPECT_EQ(outcome.key_types, std::vector{ScalarType::kInt64});
  const ReadOutcome wrong = read_source(folder, TestSource{"parquet", "d", TimeUnit::kSeconds});
  EXPECT_EQ(wrong.error,
            "source `s`: `d/k=7/t=2024-03-01/x.parquet`: the partition `t=2024-03-01` is not a number, as "
            "`unit` says");
}

TEST(ParquetSource, ColumnsAreCheckedWhenOpened) {
  TestFolder folder;
  folder.write_parquet("a.parquet",
                       {{"k", arrow::int64(), "[1]"}, {"t", kMillis, "[1]"}, {"flow", arrow::utf8(), "[\"1\"]"}});
  ReadOutcome outcome = read_source(folder, TestSource{"parquet", "a.parquet"}.with("flwo", ScalarType::kDouble));
  EXPECT_EQ(outcome.error, "source `s`: `a.parquet`: there is no column `flwo`");
  outcome = read_source(folder, TestSource{"parquet", "a.parquet"}.with("flows", ScalarType::kDouble));
  EXPECT_EQ(outcome.help, "did you mean `flow`?");
  outcome = read_source(folder, TestSource{"parquet", "a.parquet"}.with("flow", ScalarType::kDouble));
  EXPECT_EQ(outcome.error, "source `s`: `a.parquet`: column `flow` is declared as double, but the file holds string");
  EXPECT_EQ(outcome.kind, ErrorKind::kData);
}

TEST(ParquetSource, KeysHaveOneTypeInAllFiles) {
  TestFolder folder;
  folder.write_parquet("d/a.parquet", {{"k", arrow::int32(), "[1]"}, {"t", kMillis, "[1]"}});
  folder.write_parquet("d/b.parquet", {{"k", arrow::utf8(), "[\"1\"]"}, {"t", kMillis, "[1]"}});
  EXPECT_EQ(read_source(folder, TestSource{"parquet", "d"}).error,
            "source `s`: the key column `k` is string in `d/b.parquet`, but int64 in other files of the source");
}

TEST(ParquetSource, LossIsAnErrorWithFileColumnAndRow) {
  TestFolder folder;
  folder.write_parquet("a.parquet",
                       {{"k", arrow::int64(), "[1, 1, 1]"},
                        {"t", kMillis, "[1, 2, 3]"},
                        {"x", arrow::int64(), "[1, 2, 9007199254740993]"}},
                       2);
  const ReadOutcome outcome = read_source(folder, TestSource{"parquet", "a.parquet"}.with("x", ScalarType::kDouble));
  EXPECT_EQ(outcome.error, "`a.parquet`, column `x`, row 3: 9007199254740993 cannot become a double without loss");
}

TEST(ParquetSource, RoundedNanosecondsAreSaidOnce) {
  TestFolder folder;
  folder.write_parquet(
      "a.parquet",
      {{"k", arrow::int64(), "[1, 1, 1]"}, {"t", arrow::timestamp(arrow::TimeUnit::NANO), "[1, 2000, 2001]"}}, 1);
  EXPECT_EQ(read_source(folder, TestSource{"parquet", "a.parquet"}).notes,
            (Lines{"source `s`: 2 times were rounded up to a microsecond; nanoseconds order events within one"}));
}

TEST(ParquetSource, MissingKeysTimesAndArrivalsAreBadRows) {
  TestFolder folder;
  folder.write_parquet("a.parquet",
                       {{"k", arrow::int64(), "[1, null, 3, 4, 5]"},
                        {"t", arrow::utf8(), R"(["2024-03-01", "2024-03-01", null, "soon", "2024-03-02"])"},
                        {"n", arrow::int32(), "[1, 2, 3, 4, null]"}},
                       3);
  TestSource test = TestSource{"parquet", "a.parquet"}.with("n", ScalarType::kInt64);
  test.has_arrival = true;
  const ReadOutcome stopped = read_source(folder, test);
  EXPECT_EQ(stopped.error,
            "4 rows of source `s` cannot be read:\n"
            "  file       row  column  problem             value\n"
            "  a.parquet    2  k       is missing\n"
            "  a.parquet    3  t       is missing\n"
            "  a.parquet    4  t       is not a timestamp  \"soon\"\n"
            "  a.parquet    5  n       is missing\n"
            "in all:\n"
            "  source  column  problem             rows\n"
            "  s       k       is missing             1\n"
            "  s       n       is missing             1\n"
            "  s       t       is missing             1\n"
            "  s       t       is not a timestamp     1");
  auto skipping = BadRows::create(BadRowPolicy::kSkip, folder.at("bad.csv"));
  const ReadOutcome skipped = read_source(folder, test, skipping->get());
  EXPECT_EQ(skipped.error, "");
  EXPECT_EQ(skipped.rows, (Lines{"1, \"2024-03-01T00:00:00Z\", 1"}));
  EXPECT_EQ((*skipping)->row_count(), 4);
  ASSERT_TRUE((*skipping)->finish().ok());
  EXPECT_NE(folder.read("bad.csv").find(
                R"(s,a.parquet,4,,t,is not a timestamp,row left out,soon,"{""k"": 4, ""t"": ""soon"", ""n"": 4}")"),
            std::string::npos)
      << folder.read("bad.csv");
}

TEST(ParquetSource, ABrokenFileIsNamed) {
  TestFolder folder;
  folder.write("a.parquet", "this is not Parquet at all");
  const ReadOutcome outcome = read_source(folder, TestSource{"parquet", "a.parquet"});
  EXPECT_TRUE(outcome.error.starts_with("source `s`: cannot read `a.parquet` as Parquet: ")) << outcome.error;
}

TEST(FileSource, TheErrorIsTheSameWhicheverUnitIsReadFirst) {
  TestFolder folder;
  folder.write_parquet("a.parquet",
                       {{"k", arrow::int64(), "[1, 2, null, 4, null, 6]"}, {"t", kMillis, "[1, 2, 3, 4, 5, 6]"}}, 1);
  TestSource test{"parquet", "a.parquet"};
  const std::string expected = read_source(folder, test).error;
  for (const size_t first : {2U, 4U}) {
    auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
    auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
    const Status status = (*source)->read(first, [](const Batch&) { return Status(); });
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message(), expected);
  }
}

TEST(FileSource, AllSourcesOfARunAreJudgedWhenItStops) {
  TestFolder folder;
  folder.write("a.csv", "k,t\n1,soon\n");
  folder.write("b.csv", "k,t\n1,2024-03-01\n,2024-03-01\n");
  auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
  const TestSource first{"csv", "a.csv"};
  const TestSource second{"csv", "b.csv"};
  PlanSource other = second.definition();
  other.name = "other";
  auto source = open_source(first.definition(), folder.path(), first.request(), {bad_rows->get()});
  auto beside = open_source(other, folder.path(), second.request(), {bad_rows->get()});
  const Status status = (*source)->read(0, [](const Batch&) { return Status(); });
  EXPECT_EQ(status.error().message(),
            "2 rows of sources `s`, `other` cannot be read:\n"
            "  file   row  line  column  problem             value\n"
            "  a.csv    1     2  t       is not a timestamp  \"soon\"\n"
            "  b.csv    2     3  k       is missing\n"
            "in all:\n"
            "  source  column  problem             rows\n"
            "  other   k       is missing             1\n"
            "  s       t       is not a timestamp     1");
}

TEST(FileSource, UnitsCanBeReadByManyThreads) {
  TestFolder folder;
  std::string numbers = "[0";
  for (int i = 1; i < 2'000; ++i) numbers += fmt::format(",{}", i);
  numbers += "]";
  folder.write_parquet("a.parquet", {{"k", arrow::int32(), numbers}, {"t", kMillis, numbers}}, 100);
  TestSource test{"parquet", "a.parquet"};
  auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
  auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
  std::atomic<size_t> next{0};
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (size_t unit = next++; unit < (*source)->units().size(); unit = next++) {
        const Status status = (*source)->read(unit, [&](const Batch& batch) {
          for (int64_t row = 0; row < batch.rows; ++row) sum += batch.columns[0].int64s()[row];
          return Status();
        });
        EXPECT_TRUE(status.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 1'999'000);
}

TEST(FileSource, TheConsumersErrorEndsTheReading) {
  TestFolder folder;
  folder.write("a.csv", "k,t\n1,2024-03-01\n");
  TestSource test{"csv", "a.csv"};
  auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
  auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
  const Status status = (*source)->read(0, [](const Batch&) -> Status { return Error::environment("disk is full"); });
  EXPECT_EQ(status.error().message(), "disk is full");
}

TEST(FileSource, InputFilesAreListedForTheManifest) {
  TestFolder folder;
  folder.write("d/b.csv", "k,t\n");
  folder.write("d/a.csv", "k,t\n1,2024-03-01\n");
  TestSource test{"csv", "d"};
  auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
  auto source = open_source(test.definition(), folder.path(), test.request(), {bad_rows->get()});
  ASSERT_TRUE(source.ok());
  const auto& files = (*source)->input_files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].shown, "d/a.csv");
  EXPECT_EQ(files[0].bytes, 17);
  EXPECT_GT(files[0].modified_us, 0);
}

TEST(OpenSource, ErrorsBeforeAnyFileIsRead) {
  TestFolder folder;
  const TestSource csv{"csv", "a.csv"};
  const ReadOutcome missing = read_source(folder, csv);
  EXPECT_EQ(missing.error, "source `s`: no file at `a.csv`");
  EXPECT_EQ(missing.kind, ErrorKind::kEnvironment);
  PlanSource streaming = csv.definition();
  streaming.batch.reset();
  EXPECT_EQ(open_source(streaming, "", csv.request(), {}).error().message(),
            "source `s` has no `batch` location to read from");
}

}  // namespace
}  // namespace headrace
