#include "io/write/table_writer.h"

#include "testing/faulty_file_system.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

namespace headrace {
namespace {

constexpr Type kInt64{ScalarType::kInt64}, kDouble{ScalarType::kDouble}, kString{ScalarType::kString},
    kBool{ScalarType::kBool}, kTimestamp{ScalarType::kTimestamp};
constexpr Type kDoubles{ScalarType::kDouble, true}, kStrings{ScalarType::kString, true};

const TableSchema kSchema{{"key", "event_time", "mean", "name", "on", "count", "last", "names"},
                          {kString, kTimestamp, kDouble, kString, kBool, kInt64, kDoubles, kStrings},
                          2};

Batch make_batch(const TableSchema& schema, const std::vector<std::vector<Value>>& rows) {
  Batch batch;
  batch.rows = static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < schema.types.size(); ++i) {
    ColumnBuilder builder(schema.types[i]);
    for (const std::vector<Value>& row : rows) builder.append(row[i]);
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

/// Rows with every kind of value, and nulls at different places of each column.
Batch sample(int64_t rows) {
  std::vector<std::vector<Value>> values;
  for (int64_t i = 0; i < rows; ++i) {
    const auto unless = [&](bool is_null, Value value) { return is_null ? Value{} : value; };
    const double number = static_cast<double>(i) / 3.0;
    values.push_back({Value{"p" + std::to_string(i % 7)}, Value{EventTime{i * 1'000'003}}, unless(i % 5 == 0, {number}),
                      unless(i % 4 == 1, {"text " + std::to_string(i % 3)}), unless(i % 6 == 2, {i % 2 == 0}),
                      unless(i % 3 == 2, {i * i}),
                      unless(i % 8 == 3, {i % 2 == 0 ? Value::List{} : Value::List{Value{number}, Value{-1.5}}}),
                      unless(i % 9 == 4, {Value::List{Value{"a"}, Value{std::string(i % 4, 'b')}}})});
  }
  return make_batch(kSchema, values);
}

struct WriteSettings {
  TableOptions options;
  int threads = 0;
  int64_t batch_rows = 1 << 20;
};

std::string write_table(const TableSchema& schema, const Batch& rows, const WriteSettings& settings) {
  FaultyFileSystem files;
  WorkQueue queue(settings.threads, 2);
  TableWriter writer(files, "t", make_table_encoder(schema, settings.options), settings.options, queue, {});
  for (int64_t start = 0; start < rows.rows; start += settings.batch_rows) {
    EXPECT_TRUE(writer.write(rows.slice(start, std::min(settings.batch_rows, rows.rows - start))).ok());
  }
  EXPECT_TRUE(writer.end().ok());
  queue.drain();
  const Result<TableWriter::Written> written = writer.result();
  EXPECT_TRUE(written.ok());
  const std::string bytes = files.read_file("t").value();
  EXPECT_EQ(written->rows, rows.rows);
  EXPECT_EQ(written->bytes, static_cast<int64_t>(bytes.size()));
  return bytes;
}

std::shared_ptr<arrow::io::BufferReader> open_bytes(const std::string& bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes));
}

std::shared_ptr<arrow::Table> read_parquet(const std::string& bytes) {
  parquet::arrow::FileReaderBuilder builder;
  EXPECT_TRUE(builder.Open(open_bytes(bytes)).ok());
  std::unique_ptr<parquet::arrow::FileReader> reader = builder.Build().ValueOrDie();
  std::shared_ptr<arrow::Table> table = reader->ReadTable().ValueOrDie();
  EXPECT_TRUE(table->ValidateFull().ok());
  return table;
}

std::shared_ptr<parquet::FileMetaData> read_metadata(const std::string& bytes) {
  return parquet::ParquetFileReader::Open(open_bytes(bytes))->metadata();
}

template <typename ArrowArray>
const ArrowArray& only_chunk(const arrow::Table& table, const char* name) {
  return static_cast<const ArrowArray&>(*table.GetColumnByName(name)->chunk(0));
}

TEST(ParquetTest, KeepsTypesAndNames) {
  const auto table = read_parquet(write_table(kSchema, sample(10), {}));
  EXPECT_EQ(table->schema()->ToString(),
            "key: string not null\nevent_time: timestamp[us, tz=UTC] not null\nmean: double\nname: string\non: bool\n"
            "count: int64\nlast: list<element: double>\nnames: list<element: string>");
}

TEST(ParquetTest, ChunksBecomeRowGroupsThatReadBack) {
  const Batch rows = sample(1000);
  WriteSettings settings;
  settings.options.chunk_rows = 128;
  for (Compression compression : {Compression::kNone, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    settings.options.compression = compression;
    const std::string bytes = write_table(kSchema, rows, settings);
    EXPECT_EQ(read_metadata(bytes)->num_row_groups(), 8);
    const auto combined = read_parquet(bytes)->CombineChunks();
    const arrow::Table& table = **combined;
    ASSERT_EQ(table.num_rows(), 1000);
    for (int64_t i = 0; i < 1000; ++i) {
      EXPECT_EQ(only_chunk<arrow::StringArray>(table, "key").GetView(i), rows.columns[0].string_at(i));
      EXPECT_EQ(only_chunk<arrow::TimestampArray>(table, "event_time").Value(i), rows.columns[1].int64s()[i]);
      const auto& means = only_chunk<arrow::DoubleArray>(table, "mean");
      ASSERT_EQ(means.IsValid(i), rows.columns[2].is_valid(i));
      if (means.IsValid(i)) {
        EXPECT_EQ(means.Value(i), rows.columns[2].doubles()[i]);
      }
      const auto& counts = only_chunk<arrow::Int64Array>(table, "count");
      ASSERT_EQ(counts.IsValid(i), rows.columns[5].is_valid(i));
      if (counts.IsValid(i)) {
        EXPECT_EQ(counts.Value(i), rows.columns[5].int64s()[i]);
      }
      const auto& lists = only_chunk<arrow::ListArray>(table, "last");
      ASSERT_EQ(lists.IsValid(i), rows.columns[6].is_valid(i));
      if (lists.IsValid(i)) {
        EXPECT_EQ(lists.value_length(i), rows.columns[6].offsets[i + 1] - rows.columns[6].offsets[i]);
      }
    }
  }
}

TEST(ParquetTest, EachRowGroupHasItsStatistics) {
  WriteSettings settings;
  settings.options.chunk_rows = 100;
  const auto metadata = read_metadata(write_table(kSchema, sample(250), settings));
  ASSERT_EQ(metadata->num_row_groups(), 3);
  for (int group = 0; group < 3; ++group) {
    const auto row_group = metadata->RowGroup(group);
    EXPECT_EQ(row_group->num_rows(), group < 2 ? 100 : 50);
    const auto times = std::static_pointer_cast<parquet::Int64Statistics>(row_group->ColumnChunk(1)->statistics());
    ASSERT_TRUE(times->HasMinMax());
    EXPECT_EQ(times->min(), group * 100 * int64_t{1'000'003});
    EXPECT_EQ(times->max(), (group < 2 ? group * 100 + 99 : 249) * int64_t{1'000'003});
    EXPECT_EQ(row_group->ColumnChunk(2)->statistics()->null_count(), group < 2 ? 20 : 10);
    EXPECT_TRUE(row_group->ColumnChunk(0)->has_dictionary_page());
    EXPECT_FALSE(row_group->ColumnChunk(2)->has_dictionary_page());
  }
}

TEST(ParquetTest, CompressesNumbersOnlyWhereItPays) {
  const TableSchema schema{{"steady", "noisy"}, {kDouble, kDouble}, 0};
  std::vector<double> steady(5000, 1.25), noisy;
  for (uint64_t i = 0, bits = 1; i < 5000; ++i) {
    bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
    noisy.push_back(static_cast<double>(bits >> 11));
  }
  const Batch batch{5000, {make_column(std::move(steady)), make_column(std::move(noisy))}};
  const auto metadata = read_metadata(write_table(schema, batch, {}));
  const auto group = metadata->RowGroup(0);
  EXPECT_EQ(group->ColumnChunk(0)->compression(), arrow::Compression::SNAPPY);
  EXPECT_EQ(group->ColumnChunk(1)->compression(), arrow::Compression::UNCOMPRESSED);
}

TEST(TableWriterTest, BytesDependOnNothingButTheRows) {
  const Batch rows = sample(3000);
  for (TableFormat format : {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson}) {
    WriteSettings settings;
    settings.options.format = format;
    settings.options.chunk_rows = 512;
    const std::string expected = write_table(kSchema, rows, settings);
    for (int threads : {0, 1, 3}) {
      for (int64_t batch_rows : {1, 100, 512, 3000}) {
        settings.threads = threads;
        settings.batch_rows = batch_rows;
        EXPECT_TRUE(write_table(kSchema, rows, settings) == expected)
            << to_string(format) << ", threads " << threads << ", batches of " << batch_rows;
      }
    }
  }
}

TEST(TableWriterTest, WritesTablesWithoutRows) {
  EXPECT_EQ(read_parquet(write_table(kSchema, sample(0), {}))->num_rows(), 0);
  EXPECT_EQ(write_table(kSchema, sample(0), {.options = {.format = TableFormat::kCsv}}),
            "key,event_time,mean,name,on,count,last,names\n");
  EXPECT_EQ(write_table(kSchema, sample(0), {.options = {.format = TableFormat::kNdjson}}), "");
}

const TableSchema kTextSchema{{"id", "at", "x", "say \"it\""}, {kInt64, kTimestamp, kDouble, kString}, 2};

Batch text_rows() {
  return make_batch(kTextSchema, {{Value{int64_t{-1}}, Value{EventTime{0}}, Value{0.1}, Value{"plain"}},
                                  {Value{INT64_MIN}, Value{EventTime{1'500'000}}, Value{1e16}, Value{"a,b"}},
                                  {Value{int64_t{3}}, Value{EventTime{-1}}, Value{}, Value{}},
                                  {Value{int64_t{4}}, Value{EventTime{2}}, Value{5.0}, Value{""}},
                                  {Value{int64_t{5}}, Value{EventTime{3}}, Value{-2.5e-7}, Value{"\"q\"\nü"}}});
}

TEST(CsvTest, QuotesByRfc4180) {
  EXPECT_EQ(write_table(kTextSchema, text_rows(), {.options = {.format = TableFormat::kCsv}}),
            "id,at,x,\"say \"\"it\"\"\"\n"
            "-1,1970-01-01T00:00:00Z,0.1,plain\n"
            "-9223372036854775808,1970-01-01T00:00:01.500000Z,1e+16,\"a,b\"\n"
            "3,1969-12-31T23:59:59.999999Z,,\n"
            "4,1970-01-01T00:00:00.000002Z,5.0,\"\"\n"
            "5,1970-01-01T00:00:00.000003Z,-2.5e-07,\"\"\"q\"\"\nü\"\n");
}

TEST(NdjsonTest, WritesOneObjectALine) {
  EXPECT_EQ(write_table(kTextSchema, text_rows(), {.options = {.format = TableFormat::kNdjson}}),
            R"({"id": -1, "at": "1970-01-01T00:00:00Z", "x": 0.1, "say \"it\"": "plain"}
{"id": -9223372036854775808, "at": "1970-01-01T00:00:01.500000Z", "x": 1e+16, "say \"it\"": "a,b"}
{"id": 3, "at": "1969-12-31T23:59:59.999999Z", "x": null, "say \"it\"": null}
{"id": 4, "at": "1970-01-01T00:00:00.000002Z", "x": 5.0, "say \"it\"": ""}
{"id": 5, "at": "1970-01-01T00:00:00.000003Z", "x": -2.5e-07, "say \"it\"": "\"q\"\nü"}
)");
}

TEST(TextTest, ListsAreJson) {
  const TableSchema schema{{"k", "names"}, {kBool, kStrings}, 0};
  const Batch batch = make_batch(schema, {{Value{true}, Value{Value::List{Value{"a"}, Value{}, Value{"b\"c"}}}},
                                          {Value{false}, Value{Value::List{}}},
                                          {Value{}, Value{}}});
  EXPECT_EQ(write_table(schema, batch, {.options = {.format = TableFormat::kCsv}}),
            "k,names\ntrue,\"[\"\"a\"\", null, \"\"b\\\"\"c\"\"]\"\nfalse,[]\n,\n");
  EXPECT_EQ(write_table(schema, batch, {.options = {.format = TableFormat::kNdjson}}),
            "{\"k\": true, \"names\": [\"a\", null, \"b\\\"c\"]}\n{\"k\": false, \"names\": []}\n"
            "{\"k\": null, \"names\": null}\n");
}

TEST(TableWriterTest, TheFirstFailureIsKept) {
  for (int threads : {0, 2}) {
    FaultyFileSystem files;
    files.crash_at(3);
    WorkQueue queue(threads, 2);
    TableOptions options;
    options.chunk_rows = 10;
    TableWriter writer(files, "t", make_table_encoder(kSchema, options), options, queue, {});
    (void)writer.write(sample(1000)).ok();
    (void)writer.end().ok();
    queue.drain();
    EXPECT_EQ(writer.result().error().message(), "cannot write t: crashed");
    EXPECT_EQ(writer.result().error().kind(), ErrorKind::kEnvironment);
  }
}

TEST(TableFormatTest, IsKnownByItsWordAndExtension) {
  EXPECT_EQ(table_format_of_path("a/b.parquet"), TableFormat::kParquet);
  EXPECT_EQ(table_format_of_path("b.pq"), TableFormat::kParquet);
  EXPECT_EQ(table_format_of_path("b.csv"), TableFormat::kCsv);
  EXPECT_EQ(table_format_of_path("b.jsonl"), TableFormat::kNdjson);
  EXPECT_EQ(table_format_of_path("b.ndjson"), TableFormat::kNdjson);
  EXPECT_EQ(table_format_of_path("a.csv/b"), std::nullopt);
  EXPECT_EQ(table_format_of_path("b.xlsx"), std::nullopt);
  EXPECT_EQ(compression_from_string("zstd"), Compression::kZstd);
  EXPECT_EQ(compression_from_string("gzip"), std::nullopt);
}

}  // namespace
}  // namespace headrace
