#include "io/write/observations_writer.h"

#include "io/arrow/arrow_text.h"
#include "io/arrow/status.h"
#include "io/observations_table.h"
#include "io/write/arrow_columns.h"
#include "io/write/parquet_encoder.h"
#include "io/write/text_encoder.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/io/interfaces.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

constexpr size_t kTextBytes = 1 << 20;

/// Gives libarrow one of our files to write to, and keeps our Error for the caller.
class FileStream : public arrow::io::OutputStream {
 public:
  explicit FileStream(WritableFile& file) : file_(file) {}
  ~FileStream() override = default;

  arrow::Status Close() override {
    is_closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return is_closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Write(const void* bytes, int64_t size) override {
    if (status_.ok()) status_ = file_.append({static_cast<const char*>(bytes), static_cast<size_t>(size)});
    if (!status_.ok()) return arrow::Status::IOError(status_.error().message());
    position_ += size;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;

  const Status& status() const { return status_; }

 private:
  WritableFile& file_;
  Status status_;
  int64_t position_ = 0;
  bool is_closed_ = false;
};

Result<std::shared_ptr<arrow::Table>> add_features(const ObservationTable& observations,
                                                   const std::vector<AddedColumn>& features) {
  const std::shared_ptr<arrow::Table> table = arrow_table_of(observations);
  arrow::FieldVector fields = table->schema()->fields();
  arrow::ChunkedArrayVector columns = table->columns();
  for (const AddedColumn& feature : features) {
    CHECK_EQ(feature.values.length, table->num_rows());
    fields.push_back(arrow::field(feature.name, to_arrow_type(feature.values.type)));
    columns.push_back(std::make_shared<arrow::ChunkedArray>(to_arrow_array(feature.values)));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields), table->schema()->metadata()), std::move(columns),
                            table->num_rows());
}

Result<int64_t> write_parquet(WritableFile& file, const TableOptions& options, const arrow::Table& table,
                              const std::vector<AddedColumn>& features) {
  parquet::WriterProperties::Builder properties;
  properties.created_by(kParquetCreatedBy)->compression(to_arrow_compression(options.compression));
  properties.max_row_group_length(options.chunk_rows)->enable_page_checksum();
  for (const AddedColumn& feature : features) {
    if (feature.values.type != Type{ScalarType::kDouble}) continue;
    properties.disable_dictionary(
        std::make_shared<parquet::schema::ColumnPath>(std::vector<std::string>{feature.name}));
  }
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  const auto stream = std::make_shared<FileStream>(file);
  arrow::Status written = parquet::arrow::WriteTable(table, arrow::default_memory_pool(), stream, options.chunk_rows,
                                                     properties.build(), arrow_properties);
  if (!stream->status().ok()) return stream->status().error();
  if (!written.ok()) return error_of(written, "cannot write Parquet");
  return *stream->Tell();
}

/// A column that is read by row, whatever its chunks.
class ChunkCursor {
 public:
  explicit ChunkCursor(const arrow::ChunkedArray& column) : column_(column) {}

  /// REQUIRES: called for each row in turn.
  void append_next(std::string& out, CellStyle style) {
    while (row_ == column_.chunk(chunk_)->length()) {
      ++chunk_;
      row_ = 0;
    }
    append_cell(out, *column_.chunk(chunk_), row_++, style);
  }

 private:
  const arrow::ChunkedArray& column_;
  int chunk_ = 0;
  int64_t row_ = 0;
};

Result<int64_t> write_text(WritableFile& file, CellStyle style, const arrow::Table& table) {
  const bool is_csv = style == CellStyle::kCsv;
  std::vector<ChunkCursor> cursors;
  std::vector<std::string> labels;  // what stands before each cell
  std::string text;
  for (int i = 0; i < table.num_columns(); ++i) {
    cursors.emplace_back(*table.column(i));
    const std::string& name = table.field(i)->name();
    labels.push_back(is_csv ? (i == 0 ? "" : ",") : (i == 0 ? "{" : ", ") + quote_json(name) + ": ");
    if (is_csv) {
      text += labels.back();
      append_csv_text(text, name);
    }
  }
  if (is_csv) text += '\n';
  int64_t bytes = 0;
  const auto flush = [&]() -> Status {
    bytes += static_cast<int64_t>(text.size());
    Status status = file.append(text);
    text.clear();
    return status;
  };
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    for (size_t i = 0; i < cursors.size(); ++i) {
      text += labels[i];
      cursors[i].append_next(text, style);
    }
    text += is_csv ? "\n" : "}\n";
    if (text.size() >= kTextBytes) RETURN_IF_ERROR(flush());
  }
  RETURN_IF_ERROR(flush());
  return bytes;
}

Result<int64_t> write_table(WritableFile& file, const TableOptions& options, const arrow::Table& table,
                            const std::vector<AddedColumn>& features) {
  switch (options.format) {
    case TableFormat::kParquet: return write_parquet(file, options, table, features);
    case TableFormat::kCsv: return write_text(file, CellStyle::kCsv, table);
    case TableFormat::kNdjson: return write_text(file, CellStyle::kJson, table);
  }
  return int64_t{0};
}

Result<int64_t> write_to(FileSystem& files, const std::string& path, const TableOptions& options,
                         const arrow::Table& table, const std::vector<AddedColumn>& features) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(path, {.is_named_at_close = true}));
  ASSIGN_OR_RETURN(const int64_t bytes, write_table(*file, options, table, features));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(file->close());
  return bytes;
}

}  // namespace

Result<ObservationsWritten> write_observations(FileSystem& files, const std::string& path, const TableOptions& options,
                                               const ObservationTable& observations,
                                               const std::vector<AddedColumn>& features) {
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Table> table, add_features(observations, features));
  const std::string temporary = temporary_name(path);
  RETURN_IF_ERROR(files.make_folders(folder_of(path)));
  const Result<int64_t> bytes = write_to(files, temporary, options, *table, features);
  if (!bytes.ok()) {
    // The error that counts is the first one.
    (void)files.remove(temporary).ok();
    return bytes.error();
  }
  RETURN_IF_ERROR(files.rename(temporary, path));
  RETURN_IF_ERROR(files.sync_folder(folder_of(path)));
  return ObservationsWritten{table->num_rows(), *bytes};
}

Result<ObservationsWritten> append_observations(WritableFile& file, const TableOptions& options,
                                                const ObservationTable& observations,
                                                const std::vector<AddedColumn>& features) {
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Table> table, add_features(observations, features));
  ASSIGN_OR_RETURN(const int64_t bytes, write_table(file, options, *table, features));
  return ObservationsWritten{table->num_rows(), bytes};
}

}  // namespace headrace
