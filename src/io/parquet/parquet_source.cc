#include "io/parquet/parquet_source.h"

#include "io/arrow/from_arrow.h"
#include "io/arrow/status.h"
#include "io/parquet/whole_rows.h"
#include "io/paths/requested_columns.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kReadBufferBytes = 256 * 1024;

/// How one requested column comes out of one file.
struct ColumnBinding {
  int leaf = -1;  // the file's column; -1: the constant
  ArrowConversion conversion;
  Value constant;
};

struct ParquetFile {
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::vector<ColumnBinding> bindings;
  std::vector<int> leaves;  // what is read, ascending
};

struct RowGroup {
  size_t file = 0;
  int index = 0;
  int64_t first_row = 0;  // in the file
};

Result<std::unique_ptr<parquet::arrow::FileReader>> open_reader(const InputFile& file,
                                                                std::shared_ptr<parquet::FileMetaData> metadata) {
  const std::string context = fmt::format("cannot read `{}` as Parquet", file.shown);
  ASSIGN_OR_RETURN(auto input, open_input(file.path, context));
  parquet::ReaderProperties reader_properties;
  reader_properties.enable_buffered_stream();
  reader_properties.set_buffer_size(kReadBufferBytes);
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_batch_size(kParquetBatchRows);
  parquet::arrow::FileReaderBuilder builder;
  const arrow::Status opened = builder.Open(std::move(input), reader_properties, std::move(metadata));
  if (!opened.ok()) return error_of(opened, context);
  return take_result(builder.properties(arrow_properties)->Build(), context);
}

/// An id without a declared type is an integer or text, as the file has it.
Result<ArrowConversion> decide_id_conversion(const arrow::Field& field, const ColumnPlace& place) {
  if (field.type()->id() == arrow::Type::NA) return decide_conversion(*field.type(), {ScalarType::kString, {}}, place);
  Result<ArrowConversion> found = decide_conversion(*field.type(), {}, place);
  if (found.ok() && (found->type == ScalarType::kInt64 || found->type == ScalarType::kString)) return found;
  return Error::data(fmt::format("`{}`: the id column `{}` holds {}, and an id is an int64 or a string", place.file,
                                 place.column, field.type()->ToString()))
      .with_help("name another column as `id`, or write the column as integers or text");
}

class ParquetSource : public FileSource {
 public:
  ParquetSource(const PlanSource& definition, std::vector<InputFile> files, const SourceRequest& request,
                BadRows* bad_rows)
      : FileSource(definition.name, std::move(files), bad_rows), columns_(requested_columns(definition, request)) {}

  /// Reads footers. To be called once, before anything else.
  Status open() {
    for (size_t i = 0; i < files_.size(); ++i) RETURN_IF_ERROR(open_file(i));
    for (size_t i = 0; i < columns_.size() && columns_[i].is_key; ++i) {
      key_types_.push_back(parquet_files_[0].bindings[i].conversion.type);
    }
    return {};
  }

 protected:
  Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) override;

 private:
  Status open_file(size_t index);
  Result<ColumnBinding> bind_column(const InputFile& file, const RequestedColumn& column,
                                    const parquet::arrow::FileReader& reader, const arrow::Schema& schema) const;
  void add_units(size_t index);
  Result<Batch> convert_batch(const RowGroup& group, const arrow::RecordBatch& record, int64_t first_row,
                              WholeRows& whole_rows, UnitFindings& findings) const;
  Status report(const RowGroup& group, std::vector<BadRow> found, WholeRows& whole_rows, UnitFindings& findings) const;

  const std::vector<RequestedColumn> columns_;
  std::vector<ParquetFile> parquet_files_;
  std::vector<RowGroup> groups_;  // parallel to units_
};

Status ParquetSource::open_file(size_t index) {
  const InputFile& file = files_[index];
  ASSIGN_OR_RETURN(const auto reader, open_reader(file, nullptr));
  std::shared_ptr<arrow::Schema> schema;
  const arrow::Status status = reader->GetSchema(&schema);
  if (!status.ok()) return error_of(status, fmt::format("cannot read the schema of `{}`", file.shown));

  ParquetFile opened;
  opened.metadata = reader->parquet_reader()->metadata();
  for (size_t i = 0; i < columns_.size(); ++i) {
    ASSIGN_OR_RETURN(ColumnBinding binding, bind_column(file, columns_[i], *reader, *schema));
    // An id is compared by its text, so files may differ in its type.
    if (index > 0 && !columns_[i].is_id && binding.conversion.type != parquet_files_[0].bindings[i].conversion.type) {
      return Error::data(fmt::format("the key column `{}` is {} in `{}`, but {} in `{}`", columns_[i].name,
                                     to_string(parquet_files_[0].bindings[i].conversion.type), files_[0].shown,
                                     to_string(binding.conversion.type), file.shown))
          .with_help("give the column one type in all files of the source");
    }
    if (binding.leaf >= 0) opened.leaves.push_back(binding.leaf);
    opened.bindings.push_back(std::move(binding));
  }
  std::sort(opened.leaves.begin(), opened.leaves.end());
  opened.leaves.erase(std::unique(opened.leaves.begin(), opened.leaves.end()), opened.leaves.end());
  parquet_files_.push_back(std::move(opened));
  add_units(index);
  return {};
}

Result<ColumnBinding> ParquetSource::bind_column(const InputFile& file, const RequestedColumn& column,
                                                 const parquet::arrow::FileReader& reader,
                                                 const arrow::Schema& schema) const {
  ColumnBinding binding;
  const int field = schema.GetFieldIndex(column.name);
  if (field >= 0) {
    const ColumnPlace place{file.shown, column.name};
    const bool is_any_id = column.is_id && column.type == ScalarType::kNull;
    ASSIGN_OR_RETURN(binding.conversion,
                     is_any_id ? decide_id_conversion(*schema.field(field), place)
                               : decide_conversion(*schema.field(field)->type(), {column.type, column.unit}, place));
    binding.leaf = reader.manifest().schema_fields[static_cast<size_t>(field)].column_index;
    return binding;
  }
  const HivePartition* partition = find_partition(file, column.name);
  if (partition == nullptr) {
    const std::vector<std::string> names = schema.field_names();
    if (std::count(names.begin(), names.end(), column.name) > 1) {
      return Error::data(fmt::format("`{}`: there are several columns named `{}`", file.shown, column.name));
    }
    return missing_column_error(file.shown, column.name, names);
  }
  const ScalarType type = column.type == ScalarType::kNull ? infer_partition_type(files_, column.name) : column.type;
  ASSIGN_OR_RETURN(binding.constant, partition_value(file, *partition, type, column.unit));
  binding.conversion.type = type;
  return binding;
}

/// Statistics of the event time as microseconds, floored.
void set_time_bounds(const ParquetFile& file, const ColumnBinding& binding, int group, SourceUnit& unit) {
  const ArrowConversion& conversion = binding.conversion;
  if (binding.leaf < 0 || conversion.step != ArrowStep::kTimes) return;
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(binding.leaf);
  if (!chunk->is_stats_set()) return;
  const std::shared_ptr<parquet::Statistics> statistics = chunk->statistics();
  if (statistics == nullptr || !statistics->HasMinMax()) return;
  const auto& logical = statistics->descr()->logical_type();
  const bool is_unsigned =
      logical != nullptr && logical->is_int() && !static_cast<const parquet::IntLogicalType&>(*logical).is_signed();
  if (is_unsigned) return;
  int64_t least = 0;
  int64_t most = 0;
  if (statistics->physical_type() == parquet::Type::INT64) {
    const auto& typed = static_cast<const parquet::Int64Statistics&>(*statistics);
    least = typed.min(), most = typed.max();
  } else if (statistics->physical_type() == parquet::Type::INT32) {
    const auto& typed = static_cast<const parquet::Int32Statistics&>(*statistics);
    least = typed.min(), most = typed.max();
  } else {
    return;
  }
  // DATE columns count days, and Arrow's date64 and INT32 dates agree on that in the file.
  const bool is_date = logical != nullptr && logical->is_date();
  const int64_t multiply = is_date ? kMicrosPerDay : conversion.multiply;
  least = floor_divide(least, conversion.divide);
  most = floor_divide(most, conversion.divide);
  if (least < kTimestampMicrosMin / multiply || most > kTimestampMicrosMax / multiply) return;
  unit.time_min = EventTime{least * multiply};
  unit.time_max = EventTime{most * multiply};
}

void ParquetSource::add_units(size_t index) {
  const ParquetFile& file = parquet_files_[index];
  const auto time = std::find_if(columns_.begin(), columns_.end(), [](const auto& column) { return !column.is_key; });
  int64_t first_row = 0;
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    SourceUnit unit;
    unit.file = files_[index].shown;
    unit.rows = file.metadata->RowGroup(group)->num_rows();
    set_time_bounds(file, file.bindings[static_cast<size_t>(time - columns_.begin())], group, unit);
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
  try {
    ASSIGN_OR_RETURN(const auto reader, open_reader(input, file.metadata));
    ASSIGN_OR_RETURN(const auto batches,
                     take_result(reader->GetRecordBatchReader({group.index}, file.leaves), context));
    WholeRows whole_rows([&] { return open_reader(input, file.metadata); }, group.index, context);
    int64_t done = 0;
    while (!findings.is_full()) {
      std::shared_ptr<arrow::RecordBatch> record;
      const arrow::Status status = batches->ReadNext(&record);
      if (!status.ok()) return error_of(status, context);
      if (record == nullptr) break;
      ASSIGN_OR_RETURN(const Batch batch, convert_batch(group, *record, group.first_row + done, whole_rows, findings));
      done += record->num_rows();
      if (batch.rows > 0) RETURN_IF_ERROR(consume(batch));
    }
    return {};
  } catch (const parquet::ParquetStatusException& failure) {
    return error_of(failure.status(), context);
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

Result<Batch> ParquetSource::convert_batch(const RowGroup& group, const arrow::RecordBatch& record, int64_t first_row,
                                           WholeRows& whole_rows, UnitFindings& findings) const {
  const ParquetFile& file = parquet_files_[group.file];
  const std::string& shown = files_[group.file].shown;
  Batch batch;
  batch.rows = record.num_rows();
  std::vector<uint8_t> keep;
  std::vector<BadRow> found;
  const auto drop = [&](int64_t row, const std::string& column, std::string problem, std::string value) {
    if (keep.empty()) keep.assign(static_cast<size_t>(batch.rows), 1);
    if (keep[static_cast<size_t>(row)] == 0) return;
    keep[static_cast<size_t>(row)] = 0;
    found.push_back({shown, first_row + row + 1, 0, column, std::move(problem), std::move(value), /*is_cell=*/false});
  };
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnBinding& binding = file.bindings[i];
    if (binding.leaf < 0) {
      batch.columns.push_back(constant_column(binding.conversion.type, binding.constant, batch.rows));
    } else {
      const auto position =
          std::lower_bound(file.leaves.begin(), file.leaves.end(), binding.leaf) - file.leaves.begin();
      ASSIGN_OR_RETURN(ConvertedColumn converted,
                       convert_array(binding.conversion, record.column(static_cast<int>(position)),
                                     {shown, columns_[i].name}, first_row));
      findings.nanoseconds_floored += converted.nanoseconds_floored;
      for (BadCell& cell : converted.bad_cells) {
        if (columns_[i].decides_row) {
          drop(cell.row, columns_[i].name, std::move(cell.problem), std::move(cell.value));
        } else {
          found.push_back({shown, first_row + cell.row + 1, 0, columns_[i].name, std::move(cell.problem),
                           std::move(cell.value), /*is_cell=*/true});
        }
      }
      batch.columns.push_back(std::move(converted.column));
    }
    const Column& column = batch.columns.back();
    if (!columns_[i].is_required || column.validity == nullptr) continue;
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (!column.is_valid(row)) drop(row, columns_[i].name, "is missing", "");
    }
  }
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
