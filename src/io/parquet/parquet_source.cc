#include "io/parquet/parquet_source.h"

#include "io/arrow/from_arrow.h"
#include "io/arrow/status.h"
#include "io/parquet/batch_rows.h"
#include "io/parquet/int96_times.h"
#include "io/parquet/page_headers.h"
#include "io/parquet/parquet_file.h"
#include "io/parquet/parquet_reader.h"
#include "io/parquet/whole_rows.h"
#include "io/paths/column_presence.h"
#include "io/paths/requested_columns.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

/// By place of the requested column.
using Int96Columns = std::map<size_t, Int96Times>;

struct RowGroup {
  size_t file = 0;
  int index = 0;
  int64_t first_row = 0;  // in the file
};

class ParquetSource : public FileSource {
 public:
  ParquetSource(const PlanSource& definition, std::vector<InputFile> files, const SourceRequest& request,
                BadRows* bad_rows)
      : FileSource(definition.name, std::move(files), bad_rows), columns_(requested_columns(definition, request)) {}

  /// Reads footers. To be called once, before anything else.
  Status open() {
    ColumnPresence presence(columns_);
    for (const InputFile& file : files_) {
      RETURN_IF_ERROR(open_file(file));
      presence.add(file, parquet_files_.back().schema->field_names(), parquet_files_.back().has_rows());
    }
    RETURN_IF_ERROR(presence.check());
    for (size_t i = 0; i < columns_.size() && columns_[i].is_key; ++i) {
      ASSIGN_OR_RETURN(const ScalarType type, key_type(i));
      key_types_.push_back(type);
    }
    for (size_t i = 0; i < files_.size(); ++i) {
      if (parquet_files_[i].has_rows()) RETURN_IF_ERROR(bind_file(i));
      parquet_files_[i].schema = nullptr;
    }
    return {};
  }

 protected:
  Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) override;

 private:
  Status open_file(const InputFile& file);
  Result<ScalarType> key_type(size_t column) const;
  Status bind_file(size_t index);
  void add_units(size_t index);
  Result<ConvertedColumn> convert_column(const RowGroup& group, size_t column, const arrow::RecordBatch& record,
                                         Int96Columns& int96, int64_t first_row) const;
  Error damaged_column(const RowGroup& group, const arrow::Status& status, const std::string& context) const;
  Result<Batch> convert_batch(const RowGroup& group, const arrow::RecordBatch& record, Int96Columns& int96,
                              WholeRows& whole_rows, UnitFindings& findings) const;
  Status report(const RowGroup& group, std::vector<BadRow> found, WholeRows& whole_rows, UnitFindings& findings) const;

  const std::vector<RequestedColumn> columns_;
  std::vector<ParquetFile> parquet_files_;
  std::vector<RowGroup> groups_;  // parallel to units_
};

Status ParquetSource::open_file(const InputFile& file) {
  ASSIGN_OR_RETURN(const auto reader, open_parquet_reader(file, nullptr));
  ParquetFile opened;
  const arrow::Status status = reader->GetSchema(&opened.schema);
  if (!status.ok()) return error_of(status, fmt::format("cannot read the schema of `{}`", file.shown));
  opened.metadata = reader->parquet_reader()->metadata();
  for (const auto& field : reader->manifest().schema_fields) opened.leaf_of_field.push_back(field.column_index);
  parquet_files_.push_back(std::move(opened));
  return {};
}

/// The declared type, else that of the first file with rows whose column is not null throughout; a file without rows is
/// asked only where there is no other. kNull where none has a value.
Result<ScalarType> ParquetSource::key_type(size_t column) const {
  const std::string& name = columns_[column].name;
  if (columns_[column].type != ScalarType::kNull) return columns_[column].type;
  for (const bool has_rows : {true, false}) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (parquet_files_[i].has_rows() != has_rows) continue;
      const auto field = parquet_files_[i].schema->GetFieldByName(name);
      if (field == nullptr && find_partition(files_[i], name) != nullptr) return infer_partition_type(files_, name);
      if (field == nullptr || field->type()->id() == arrow::Type::NA) continue;
      ASSIGN_OR_RETURN(const ArrowConversion conversion,
                       decide_conversion(*field->type(), {}, {files_[i].shown, name}));
      return conversion.type;
    }
  }
  return ScalarType::kNull;
}

Status ParquetSource::bind_file(size_t index) {
  ParquetFile& file = parquet_files_[index];
  for (size_t i = 0; i < columns_.size(); ++i) {
    ASSIGN_OR_RETURN(ColumnBinding binding, bind_column(files_[index], file, columns_[i],
                                                        columns_[i].is_key ? key_types_[i] : columns_[i].type));
    if (binding.leaf >= 0 && !binding.is_int96) file.leaves.push_back(binding.leaf);
    if (binding.is_lacking) file.lacking.push_back(columns_[i].name);
    file.bindings.push_back(std::move(binding));
  }
  std::sort(file.leaves.begin(), file.leaves.end());
  file.leaves.erase(std::unique(file.leaves.begin(), file.leaves.end()), file.leaves.end());
  add_units(index);
  return {};
}

void ParquetSource::add_units(size_t index) {
  const ParquetFile& file = parquet_files_[index];
  const auto time = std::find_if(columns_.begin(), columns_.end(), [](const auto& column) { return !column.is_key; });
  int64_t first_row = 0;
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    SourceUnit unit;
    unit.file = files_[index].shown;
    unit.rows = file.metadata->RowGroup(group)->num_rows();
    unit.bytes = std::max<int64_t>(0, file.metadata->RowGroup(group)->total_compressed_size());
    set_time_bounds(*file.metadata, file.bindings[static_cast<size_t>(time - columns_.begin())], group, unit);
    groups_.push_back({index, group, first_row});
    first_row += unit.rows;
    units_.push_back(std::move(unit));
  }
}

Status ParquetSource::read_unit(size_t unit, const Consume& consume, UnitFindings& findings) {
  const RowGroup& group = groups_[unit];
  const InputFile& input = files_[group.file];
  const ParquetFile& file = parquet_files_[group.file];
  const std::string context = fmt::format("cannot read row group {} of `{}`", group.index, input.shown);
  findings.lacking = file.lacking;

  try {
    ASSIGN_OR_RETURN(const auto reader, open_parquet_reader(input, file.metadata));
    ASSIGN_OR_RETURN(findings.lacks_checksums,
                     lacks_page_checksums(input, *file.metadata->RowGroup(group.index), file.leaves, context));
    ASSIGN_OR_RETURN(const int64_t batch_rows, batch_rows_of(*reader, group.index, file.leaves, context));
    reader->set_batch_size(batch_rows);
    ASSIGN_OR_RETURN(const auto batches,
                     take_result(reader->GetRecordBatchReader({group.index}, file.leaves), context));
    WholeRows whole_rows([&] { return open_parquet_reader(input, file.metadata); }, group.index, context);
    Int96Columns int96;
    for (size_t i = 0; i < file.bindings.size(); ++i) {
      if (!file.bindings[i].is_int96) continue;
      int96.emplace(i, reader->parquet_reader()->RowGroup(group.index)->Column(file.bindings[i].leaf));
    }

    // A batch at a time.
    while (!findings.is_full()) {
      std::shared_ptr<arrow::RecordBatch> record;
      const arrow::Status status = batches->ReadNext(&record);
      if (!status.ok()) return damaged_column(group, status, context);
      if (record == nullptr) break;
      ASSIGN_OR_RETURN(const Batch batch, convert_batch(group, *record, int96, whole_rows, findings));
      findings.rows += record->num_rows();
      if (batch.rows > 0) RETURN_IF_ERROR(consume(batch));
    }
    return {};

  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), context);
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

/// Arrow reads columns together and does not say which of them failed: each is read again alone.
Error ParquetSource::damaged_column(const RowGroup& group, const arrow::Status& status,
                                    const std::string& context) const {
  const ParquetFile& file = parquet_files_[group.file];
  if (kind_of(status) != ErrorKind::kData) return error_of(status, context);
  for (const int leaf : file.leaves) {
    const auto reader = open_parquet_reader(files_[group.file], file.metadata);
    if (!reader.ok()) break;
    const auto alone = (*reader)->GetRecordBatchReader({group.index}, {leaf});
    std::shared_ptr<arrow::RecordBatch> record;
    arrow::Status read = alone.status();
    do {
      if (read.ok()) read = (*alone)->ReadNext(&record);
    } while (read.ok() && record != nullptr);
    if (read.ok()) continue;
    return error_of(read, fmt::format("{}, column `{}`", context, file.metadata->schema()->Column(leaf)->name()));
  }
  return error_of(status, context);
}

/// One requested column of a batch.
Result<ConvertedColumn> ParquetSource::convert_column(const RowGroup& group, size_t column,
                                                      const arrow::RecordBatch& record, Int96Columns& int96,
                                                      int64_t first_row) const {
  const ParquetFile& file = parquet_files_[group.file];
  const ColumnBinding& binding = file.bindings[column];
  const ColumnPlace place{files_[group.file].shown, columns_[column].name};
  if (binding.leaf < 0) {
    return ConvertedColumn{constant_column(binding.conversion.type, binding.constant, record.num_rows())};
  }
  if (binding.is_int96) return int96.at(column).read(record.num_rows(), place);
  const auto position = std::lower_bound(file.leaves.begin(), file.leaves.end(), binding.leaf) - file.leaves.begin();
  return convert_array(binding.conversion, record.column(static_cast<int>(position)), place, first_row);
}

Result<Batch> ParquetSource::convert_batch(const RowGroup& group, const arrow::RecordBatch& record, Int96Columns& int96,
                                           WholeRows& whole_rows, UnitFindings& findings) const {
  const std::string& shown = files_[group.file].shown;
  const int64_t first_row = group.first_row + findings.rows;
  Batch batch;
  batch.rows = record.num_rows();
  std::vector<uint8_t> keep;
  std::vector<BadRow> found;
  std::vector<int64_t> tie_orders;
  const auto drop = [&](int64_t row, const std::string& column, std::string problem, std::string value) {
    if (keep.empty()) keep.assign(static_cast<size_t>(batch.rows), 1);
    if (keep[static_cast<size_t>(row)] == 0) return;
    keep[static_cast<size_t>(row)] = 0;
    found.push_back({shown, first_row + row + 1, 0, column, std::move(problem), std::move(value), /*is_cell=*/false});
  };
  for (size_t i = 0; i < columns_.size(); ++i) {
    ASSIGN_OR_RETURN(ConvertedColumn converted, convert_column(group, i, record, int96, first_row));
    findings.rounded_times += converted.rounded_times;
    for (BadCell& cell : converted.bad_cells) {
      if (columns_[i].decides_row) {
        drop(cell.row, columns_[i].name, std::move(cell.problem), std::move(cell.value));
      } else {
        found.push_back({shown, first_row + cell.row + 1, 0, columns_[i].name, std::move(cell.problem),
                         std::move(cell.value), /*is_cell=*/true});
      }
    }
    if (columns_[i].is_event_time) tie_orders = std::move(converted.tie_orders);
    batch.columns.push_back(std::move(converted.column));
    const Column& column = batch.columns.back();
    if (!columns_[i].is_required || column.validity == nullptr) continue;
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (!column.is_valid(row)) drop(row, columns_[i].name, "is missing", "");
    }
  }
  if (!tie_orders.empty()) batch.columns.push_back(make_column(ScalarType::kInt64, std::move(tie_orders)));
  if (found.empty()) return batch;

  // The cells of a row that is left out do not count.
  std::erase_if(found, [&](const BadRow& bad) {
    return bad.is_cell && !keep.empty() && keep[static_cast<size_t>(bad.row - first_row - 1)] == 0;
  });
  RETURN_IF_ERROR(report(group, std::move(found), whole_rows, findings));
  if (keep.empty()) return batch;
  Batch kept = keep_rows(batch, keep);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_required) kept.columns[i].validity = nullptr;
  }
  return kept;
}

Status ParquetSource::report(const RowGroup& group, std::vector<BadRow> found, WholeRows& whole_rows,
                             UnitFindings& findings) const {
  std::stable_sort(found.begin(), found.end(), [](const BadRow& a, const BadRow& b) { return a.row < b.row; });
  for (auto first = found.begin(); first != found.end() && !findings.is_full();) {
    const auto last = std::find_if(first, found.end(), [&](const BadRow& each) { return each.row != first->row; });
    if (findings.wants_records()) {
      ASSIGN_OR_RETURN(const std::string record, whole_rows.record(first->row - group.first_row - 1));
      for (auto each = first; each != last; ++each) each->record = record;
    }
    RETURN_IF_ERROR(findings.add({std::make_move_iterator(first), std::make_move_iterator(last)}));
    first = last;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FileSource>> open_parquet_source(const PlanSource& definition, std::vector<InputFile> files,
                                                        const SourceRequest& request, BadRows* bad_rows) {
  try {
    auto source = std::make_unique<ParquetSource>(definition, std::move(files), request, bad_rows);
    RETURN_IF_ERROR(source->open());
    return std::unique_ptr<FileSource>(std::move(source));
  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), fmt::format("source `{}`: cannot read Parquet", definition.name));
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("source `{}`: cannot read Parquet: {}", definition.name, failure.what()));
  }
}

}  // namespace headrace
