#include "io/write/observations_writer.h"

#include "io/observations/observations_table.h"
#include "testing/faulty_file_system.h"
#include "testing/own_folder.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

namespace headrace {
namespace {

/// Observations from text, by a file in the test's folder.
class ObservationsWriterTest : public testing::Test {
 protected:
  ObservationsWriterTest() {
    folder_ = own_folder();
    EXPECT_TRUE(real_file_system().remove_all(folder_).ok());
    EXPECT_TRUE(real_file_system().make_folders(folder_).ok());
  }
  ~ObservationsWriterTest() override { EXPECT_TRUE(real_file_system().remove_all(folder_).ok()); }

  std::string at(const std::string& name) const { return join_path(folder_, name); }

  ObservationTable read_csv(const std::string& text) {
    EXPECT_TRUE(write_file_atomically(real_file_system(), at("in.csv"), text).ok());
    return read_observations(at("in.csv"), {}).value();
  }

  ObservationTable read_arrow(const std::shared_ptr<arrow::Table>& table) {
    auto file = arrow::io::FileOutputStream::Open(at("in.parquet")).ValueOrDie();
    const auto keep_types = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 3,
                                           parquet::default_writer_properties(), keep_types)
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return read_observations(at("in.parquet"), {}).value();
  }

  std::string folder_;
};

constexpr const char* kLabels = "pump_id,at,label\np1,2024-03-01T00:00:00Z,1\np2,,0\np1,2024-03-01T00:00:00Z,1\n";

std::vector<AddedColumn> make_features() {
  ColumnBuilder tags({ScalarType::kString, true});
  tags.append(Value{Value::List{Value{"a"}, Value{"b"}}});
  tags.append_null();
  tags.append(Value{Value::List{}});
  return {{"mean", make_column({0.5, 0, 1e16}, {1, 0, 1})}, {"tags", std::move(tags).finish()}};
}

std::string write_text(const ObservationTable& observations, const std::vector<AddedColumn>& features,
                       TableFormat format) {
  FaultyFileSystem files;
  const auto written = write_observations(files, "out/train", {.format = format}, observations, features);
  EXPECT_TRUE(written.ok());
  const std::string text = files.read_file("out/train").value();
  EXPECT_EQ(written->bytes, static_cast<int64_t>(text.size()));
  EXPECT_EQ(written->rows, observations.rows());
  EXPECT_EQ(files.all_files().size(), 1u);
  return text;
}

TEST_F(ObservationsWriterTest, CsvKeepsRowsAndAddsColumns) {
  EXPECT_EQ(write_text(read_csv(kLabels), make_features(), TableFormat::kCsv),
            "pump_id,at,label,mean,tags\n"
            "p1,2024-03-01T00:00:00Z,1,0.5,\"[\"\"a\"\", \"\"b\"\"]\"\n"
            "p2,,0,,\n"
            "p1,2024-03-01T00:00:00Z,1,1e+16,[]\n");
}

TEST_F(ObservationsWriterTest, NdjsonKeepsRowsAndAddsColumns) {
  EXPECT_EQ(write_text(read_csv(kLabels), make_features(), TableFormat::kNdjson),
            R"({"pump_id": "p1", "at": "2024-03-01T00:00:00Z", "label": 1, "mean": 0.5, "tags": ["a", "b"]}
{"pump_id": "p2", "at": null, "label": 0, "mean": null, "tags": null}
{"pump_id": "p1", "at": "2024-03-01T00:00:00Z", "label": 1, "mean": 1e+16, "tags": []}
)");
}

template <typename Builder, typename T>
std::shared_ptr<arrow::Array> array_of(Builder builder, const std::vector<T>& values) {
  EXPECT_TRUE(builder.AppendValues(values).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

/// Columns of types that Headrace itself does not have, in several chunks.
std::shared_ptr<arrow::Table> foreign_table() {
  const auto ns = arrow::timestamp(arrow::TimeUnit::NANO);
  std::vector<std::shared_ptr<arrow::Array>> columns{
      array_of(arrow::Int8Builder(), std::vector<int8_t>{-1, 2, 3}),
      array_of(arrow::UInt64Builder(), std::vector<uint64_t>{UINT64_MAX, 1, 2}),
      array_of(arrow::FloatBuilder(), std::vector<float>{0.1f, 2.0f, NAN}),
      array_of(arrow::TimestampBuilder(ns, arrow::default_memory_pool()), std::vector<int64_t>{1, 1000, -1}),
      array_of(arrow::Date32Builder(), std::vector<int32_t>{0, -1, 19783})};
  arrow::StringDictionary32Builder words;
  for (const char* word : {"a", "b,c", "a"}) EXPECT_TRUE(words.Append(word).ok());
  EXPECT_TRUE(words.AppendNull().ok());
  columns.push_back(words.Finish().ValueOrDie());
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field(std::string(1, static_cast<char>('a' + i)), columns[i]->type()));
  }
  return arrow::Table::Make(arrow::schema(fields), columns);
}

TEST_F(ObservationsWriterTest, ForeignTypesKeepTheirPrecisionAsText) {
  EXPECT_EQ(write_text(read_arrow(foreign_table()), {}, TableFormat::kCsv),
            "a,b,c,d,e,f\n"
            "-1,18446744073709551615,0.1,1970-01-01T00:00:00.000000001Z,1970-01-01,a\n"
            "2,1,2.0,1970-01-01T00:00:00.000001Z,1969-12-31,\"b,c\"\n"
            "3,2,nan,1969-12-31T23:59:59.999999999Z,2024-03-01,a\n"
            ",,,,,\n");
}

TEST_F(ObservationsWriterTest, ParquetKeepsTypes) {
  const ObservationTable observations = read_arrow(foreign_table());
  const std::vector<AddedColumn> features{{"x", make_column({1.0, 2.0, 3.0, 4.0})}};
  ASSERT_TRUE(write_observations(real_file_system(), at("out.parquet"), {}, observations, features).ok());
  const ObservationTable written = read_observations(at("out.parquet"), {}).value();
  const auto before = arrow_table_of(observations)->CombineChunks().ValueOrDie();
  const auto after = arrow_table_of(written)->CombineChunks().ValueOrDie();
  ASSERT_EQ(after->num_columns(), before->num_columns() + 1);
  for (int i = 0; i < before->num_columns(); ++i) {
    EXPECT_TRUE(after->column(i)->type()->Equals(before->column(i)->type())) << after->column(i)->type()->ToString();
    EXPECT_TRUE(after->column(i)->Equals(*before->column(i), arrow::EqualOptions::Defaults().nans_equal(true))) << i;
  }
  EXPECT_EQ(after->field(6)->name(), "x");
}

TEST_F(ObservationsWriterTest, SameBytesTwice) {
  const ObservationTable observations = read_csv(kLabels);
  EXPECT_EQ(write_text(observations, make_features(), TableFormat::kParquet),
            write_text(observations, make_features(), TableFormat::kParquet));
}

TEST_F(ObservationsWriterTest, EveryCrashLeavesTheOldFileOrTheNewOne) {
  const ObservationTable observations = read_csv(kLabels);
  for (TableFormat format : {TableFormat::kParquet, TableFormat::kCsv}) {
    const std::string expected = write_text(observations, make_features(), format);
    for (Loss loss : kLosses) {
      bool was_killed = true;
      for (int64_t change = 1; was_killed; ++change) {
        FaultyFileSystem files;
        ASSERT_TRUE(files.make_folders("out").ok());
        ASSERT_TRUE(files.sync_folder(".").ok());
        ASSERT_TRUE(write_file_atomically(files, "out/train", "old").ok());
        files.restart(Loss::kNothing);
        files.crash_at(change);
        was_killed = !write_observations(files, "out/train", {.format = format}, observations, make_features()).ok();
        files.restart(loss);
        const std::string found = files.read_file("out/train").value();
        EXPECT_TRUE(found == expected || (was_killed && found == "old")) << change;
      }
    }
  }
}

}  // namespace
}  // namespace headrace
