#include "io/write/observations_writer.h"

#include "data/time_format.h"
#include "io/arrow/arrow_text.h"
#include "io/arrow/status.h"
#include "io/observations/cell_text.h"
#include "io/observations/observations_table.h"
#include "io/write/arrow_columns.h"
#include "io/write/parquet_encoder.h"
#include "io/write/text_encoder.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/io/interfaces.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

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

/// Tells that so many rows are written; an Error where the writing is to end.
Status tell_rows(WriteWatch* watch, int64_t rows) {
  if (watch == nullptr) return {};
  watch->done = rows;
  return watch->check();
}

Result<int64_t> write_parquet(WritableFile& file, const TableOptions& options, const arrow::Table& table,
                              const std::vector<AddedColumn>& features, WriteWatch* watch) {
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
  const auto failure = [&](const arrow::Status& status) {
    return stream->status().ok() ? error_of(status, "cannot write Parquet") : stream->status().error();
  };
  auto writer = parquet::arrow::FileWriter::Open(*table.schema(), arrow::default_memory_pool(), stream,
                                                 properties.build(), arrow_properties);
  if (!writer.ok()) return failure(writer.status());
  // A row group at a time; a table without rows has one too.
  for (int64_t row = 0; row == 0 || row < table.num_rows(); row += options.chunk_rows) {
    const arrow::Status written = (*writer)->WriteTable(*table.Slice(row, options.chunk_rows), options.chunk_rows);
    if (!written.ok()) return failure(written);
    RETURN_IF_ERROR(tell_rows(watch, std::min(row + options.chunk_rows, table.num_rows())));
  }
  const arrow::Status closed = (*writer)->Close();
  if (!closed.ok()) return failure(closed);
  return *stream->Tell();
}

/// A column that is written row by row, whatever its chunks. REQUIRES: append_next() is called for each row in turn.
class ChunkCursor {
 public:
  explicit ChunkCursor(const arrow::ChunkedArray& column) : column_(column) {}

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

/// The same for cells of a text file, which stay as they are.
class TextCursor {
 public:
  explicit TextCursor(const CellTexts& column) : column_(column) {}

  void append_next(std::string& out, CellStyle style) {
    while (row_ == column_.chunks[chunk_].length) {
      ++chunk_;
      row_ = 0;
    }
    const Column& texts = column_.chunks[chunk_];
    const int64_t row = row_++;
    const bool is_json = style == CellStyle::kJson;
    if (!texts.is_valid(row) || (is_json && column_.is_null_word(texts.string_at(row)))) {
      out += is_json ? "null" : "";
      return;
    }
    const std::string_view text = texts.string_at(row);
    if (column_.forms.empty()) {
      append_csv_cell_text(out, is_json ? with_point(text) : text, column_.type, style);
    } else {
      append_json_cell_text(out, text, column_.forms[chunk_][static_cast<size_t>(row)], style);
    }
  }

 private:
  /// A number as JSON writes it, also where the file has another decimal mark.
  std::string_view with_point(std::string_view text) {
    const bool has_other_mark = column_.form != nullptr && column_.form->decimal != '.';
    if (column_.type != ScalarType::kDouble || !has_other_mark) return text;
    pointed_ = text;
    std::replace(pointed_.begin(), pointed_.end(), column_.form->decimal, '.');
    return pointed_;
  }

  const CellTexts& column_;
  size_t chunk_ = 0;
  int64_t row_ = 0;
  std::string pointed_;
};

using Cursor = std::variant<ChunkCursor, TextCursor>;

Result<int64_t> write_text(WritableFile& file, CellStyle style, const arrow::Table& table,
                           const std::vector<CellTexts>* cells, WriteWatch* watch) {
  const bool is_csv = style == CellStyle::kCsv;
  std::vector<Cursor> cursors;
  std::vector<std::string> labels;  // what stands before each cell
  std::string text;
  for (int i = 0; i < table.num_columns(); ++i) {
    const bool is_text = cells != nullptr && static_cast<size_t>(i) < cells->size();
    cursors.push_back(is_text ? Cursor(TextCursor((*cells)[static_cast<size_t>(i)]))
                              : Cursor(ChunkCursor(*table.column(i))));
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
      std::visit([&](auto& cursor) { cursor.append_next(text, style); }, cursors[i]);
    }
    text += is_csv ? "\n" : "}\n";
    if (text.size() < kTextBytes) continue;
    RETURN_IF_ERROR(flush());
    RETURN_IF_ERROR(tell_rows(watch, row + 1));
  }
  RETURN_IF_ERROR(flush());
  return bytes;
}

/// Text that is a time in every row, as times of whole microseconds; null where some is none or is finer.
std::shared_ptr<arrow::ChunkedArray> times_of_text(const CellTexts& cells) {
  std::optional<TimeFormat> format;
  if (cells.form != nullptr && !cells.form->time_format.empty()) format.emplace(cells.form->time_format);
  arrow::ArrayVector arrays;
  for (const Column& texts : cells.chunks) {
    ColumnBuilder builder({ScalarType::kTimestamp});
    for (int64_t row = 0; row < texts.length; ++row) {
      if (!texts.is_valid(row) || cells.is_null_word(texts.string_at(row))) {
        builder.append_null();
        continue;
      }
      const auto time = format ? format->parse(texts.string_at(row)) : parse_fine_timestamp(texts.string_at(row));
      if (!time || !time->is_whole()) return nullptr;
      builder.append_int64(time->floored.us);
    }
    arrays.push_back(to_arrow_array(std::move(builder).finish()));
  }
  return std::make_shared<arrow::ChunkedArray>(std::move(arrays), to_arrow_type({ScalarType::kTimestamp}));
}

/// The table with the time column of a text file as times.
Result<std::shared_ptr<arrow::Table>> with_times(std::shared_ptr<arrow::Table> table,
                                                 const std::vector<CellTexts>* cells, const std::string& time_column) {
  const int index = table->schema()->GetFieldIndex(time_column);
  if (cells == nullptr || index < 0 || table->field(index)->type()->id() != arrow::Type::STRING) return table;
  const auto times = times_of_text((*cells)[static_cast<size_t>(index)]);
  if (times == nullptr) return table;
  // The table may be the first rows of the file only.
  return take_result(
      table->SetColumn(index, arrow::field(time_column, times->type()), times->Slice(0, table->num_rows())),
      "times of observations");
}

/// Whether a type is of bytes, or has some inside.
bool has_bytes(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY: return true;
    case arrow::Type::DICTIONARY: return has_bytes(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default: break;
  }
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return has_bytes(*field->type()); });
}

Result<int64_t> write_table(WritableFile& file, const TableOptions& options, const arrow::Table& table,
                            const std::vector<CellTexts>* cells, const std::vector<AddedColumn>& features,
                            WriteWatch* watch) {
  switch (options.format) {
    case TableFormat::kParquet: return write_parquet(file, options, table, features, watch);
    case TableFormat::kCsv: return write_text(file, CellStyle::kCsv, table, cells, watch);
    case TableFormat::kNdjson: return write_text(file, CellStyle::kJson, table, cells, watch);
  }
  return int64_t{0};
}

Result<int64_t> write_to(FileSystem& files, const std::string& path, const TableOptions& options,
                         const arrow::Table& table, const std::vector<CellTexts>* cells,
                         const std::vector<AddedColumn>& features, WriteWatch* watch) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(path, {.is_named_at_close = true}));
  ASSIGN_OR_RETURN(const int64_t bytes, write_table(*file, options, table, cells, features, watch));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(file->close());
  return bytes;
}

}  // namespace

Status check_columns(const ObservationTable& observations, TableFormat format) {
  if (format == TableFormat::kParquet || cell_texts_of(observations) != nullptr) return {};
  for (const auto& field : arrow_table_of(observations)->schema()->fields()) {
    if (!has_bytes(*field->type())) continue;
    return Error::data(fmt::format("column `{}` of {} holds bytes, and {} holds text only", field->name(),
                                   observations.path(), to_string(format)))
        .with_help("write a .parquet file, or leave the column out of the observations");
  }
  return {};
}

Result<ObservationsWritten> write_observations(FileSystem& files, const std::string& path, const TableOptions& options,
                                               const ObservationTable& observations,
                                               const std::vector<AddedColumn>& features,
                                               const ObservationsOptions& how) {
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::Table> table, add_features(observations, features));
  const std::vector<CellTexts>* cells = cell_texts_of(observations);
  if (options.format == TableFormat::kParquet) {
    ASSIGN_OR_RETURN(table, with_times(std::move(table), cells, how.time_column));
  }
  const std::string temporary = temporary_name(path);
  ASSIGN_OR_RETURN(const std::vector<std::string> made, make_new_folders(files, folder_of(path)));
  const Result<int64_t> bytes = write_to(files, temporary, options, *table, cells, features, how.watch);
  if (!bytes.ok()) {
    // The error that counts is the first one.
    (void)files.remove(temporary).ok();
    (void)remove_empty_folders(files, made).ok();
    return bytes.error();
  }
  RETURN_IF_ERROR(files.rename(temporary, path));
  RETURN_IF_ERROR(files.sync_folder(folder_of(path)));
  return ObservationsWritten{table->num_rows(), *bytes};
}

Result<ObservationsWritten> append_observations(WritableFile& file, const TableOptions& options,
                                                const ObservationTable& observations,
                                                const std::vector<AddedColumn>& features, WriteWatch* watch) {
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Table> table, add_features(observations, features));
  ASSIGN_OR_RETURN(const int64_t bytes,
                   write_table(file, options, *table, cell_texts_of(observations), features, watch));
  return ObservationsWritten{table->num_rows(), bytes};
}

}  // namespace headrace
