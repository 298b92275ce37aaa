#pragma once

/// For tests of reading only: small files in a folder of their own, and what a source delivers as text.

#include "io/open_source.h"

#include "testing/own_folder.h"

#include <arrow/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace headrace {

/// A column of a Parquet file: its values as JSON, in which a decimal is a string.
struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
};

class TestFolder {
 public:
  TestFolder() {
    path_ = own_folder();
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    std::ofstream(at(name), std::ios::binary) << text;
  }
  /// By the extension .gz or .zst.
  void write_compressed(const std::string& name, const std::string& text) const {
    const auto kind = name.ends_with(".gz") ? arrow::Compression::GZIP : arrow::Compression::ZSTD;
    const auto codec = arrow::util::Codec::Create(kind).ValueOrDie();
    const auto file = arrow::io::FileOutputStream::Open(at(name)).ValueOrDie();
    const auto stream = arrow::io::CompressedOutputStream::Make(codec.get(), file).ValueOrDie();
    ASSERT_TRUE(stream->Write(text.data(), static_cast<int64_t>(text.size())).ok());
    ASSERT_TRUE(stream->Close().ok());
  }
  void write_parquet(const std::string& name, const std::vector<TestColumn>& columns,
                     int64_t row_group = 1 << 20) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const TestColumn& column : columns) {
      fields.push_back(arrow::field(column.name, column.type));
      arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.json).ValueOrDie());
    }
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    const auto file = arrow::io::FileOutputStream::Open(at(name)).ValueOrDie();
    const auto keep_types = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    const auto status = parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, row_group,
                                                   parquet::default_writer_properties(), keep_types);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(at(name), std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

/// "1, \"a\", null" for each row.
inline std::vector<std::string> rows_of(const Batch& batch) {
  std::vector<std::string> rows;
  for (int64_t row = 0; row < batch.rows; ++row) {
    std::string text;
    for (const Column& column : batch.columns) text += (text.empty() ? "" : ", ") + to_json(column.value_at(row));
    rows.push_back(text);
  }
  return rows;
}

/// What reading a source came to.
struct ReadOutcome {
  std::vector<std::string> rows;
  std::vector<ScalarType> key_types;
  std::vector<std::string> notes;
  std::vector<SourceUnit> units;
  std::string error;  // the first one, or empty
  std::string help;
  ErrorKind kind = ErrorKind::kData;
};

/// A source `s` with the key `k`, the event time `t` and further columns.
struct TestSource {
  std::string format = "parquet";
  std::string path;
  std::optional<TimeUnit> unit;
  std::vector<std::string> columns = {"k", "t"};
  std::vector<ScalarType> types = {ScalarType::kNull, ScalarType::kTimestamp};
  bool has_arrival = false;
  std::string event_time = "t";

  TestSource with(const std::string& name, ScalarType type) const {
    TestSource wider = *this;
    wider.columns.push_back(name);
    wider.types.push_back(type);
    return wider;
  }
  PlanSource definition() const {
    PlanSource definition;
    definition.name = "s";
    definition.event_time = event_time;
    definition.unit = unit;
    definition.batch = BatchLocation{*file_format_from_string(format), path, {}};
    return definition;
  }
  SourceRequest request() const { return {"s", columns, types, 1, has_arrival}; }
};

inline ReadOutcome read_source(const TestFolder& folder, const TestSource& test, BadRows* bad_rows = nullptr) {
  ReadOutcome outcome;
  auto stopping = BadRows::create(BadRowPolicy::kStop, "");
  ReadOptions options;
  options.bad_rows = bad_rows != nullptr ? bad_rows : stopping->get();

  const auto fail = [&](const Error& error) {
    outcome.error = error.message();
    outcome.help = error.help();
    outcome.kind = error.kind();
    return outcome;
  };

  auto source = open_source(test.definition(), folder.path(), test.request(), options);
  if (!source.ok()) return fail(source.error());
  outcome.units = (*source)->units();
  outcome.key_types = (*source)->key_types();
  for (size_t unit = 0; unit < outcome.units.size(); ++unit) {
    const Status status = (*source)->read(unit, [&](const Batch& batch) {
      const auto rows = rows_of(batch);
      outcome.rows.insert(outcome.rows.end(), rows.begin(), rows.end());
      return Status();
    });
    if (!status.ok()) return fail(status.error());
  }

  outcome.notes = (*source)->notes();
  return outcome;
}

}  // namespace headrace
