#include "io/observations/observations_reader.h"

#include "base/option_name.h"
#include "base/utf8.h"
#include "data/c_data.h"
#include "io/arrow/from_arrow.h"
#include "io/arrow/status.h"
#include "io/observations/observations_table.h"
#include "io/observations/text_table.h"
#include "io/parquet/parquet_table.h"
#include "io/paths/requested_columns.h"
#include "io/tables/input_files.h"
#include "io/text/text_values.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {

struct ObservationTable::State {
  std::string path;
  FileFormat format = FileFormat::kParquet;
  std::shared_ptr<arrow::Table> table;
  std::optional<std::vector<CellTexts>> cells;  // of text files
  std::vector<std::string> names;
  TextForm text;
  bool is_whole = true;
};

namespace {

/// What times may look like, and how another form is said.
std::string time_help(const ObservationTable::State& state) {
  const std::string common = "times are 2024-03-01, 2024-03-01T12:00:00Z and the like";
  if (!state.cells) return common;
  return common + "; another form is said with " + option(OptionName::kObservationsForm, "time_format: \"%d/%m/%Y\"");
}

/// A key has the type that the sources have; nobody declared it of the observations.
Error observation_error(const Error& error, const ObservationTable::State& state, const std::string& name,
                        const WantedColumn& wanted, const std::string& found) {
  if (wanted.type == ScalarType::kTimestamp || wanted.type == ScalarType::kNull) return error;
  return Error::data(fmt::format("`{}`: the key column `{}` holds {}, and it is {} in the sources", state.path, name,
                                 found, to_string(wanted.type)))
      .with_help(fmt::format("write it as {} here, or declare it as here in the `columns` of the sources",
                             wanted.type == ScalarType::kString ? "text" : to_string(wanted.type)));
}

/// One column in one piece, under the widening rules.
Result<ConvertedColumn> canonical_column(const ObservationTable::State& state, const std::string& name,
                                         const WantedColumn& wanted) {
  const auto count = std::count(state.names.begin(), state.names.end(), name);
  if (count == 0) return missing_column_error(state.path, name, state.names);
  if (count > 1) return Error::data(fmt::format("`{}`: there are several columns named `{}`", state.path, name));
  const auto chunked = state.table->GetColumnByName(name);
  const ColumnPlace place{state.path, name};
  std::shared_ptr<arrow::Array> array;
  if (chunked->num_chunks() == 1) {
    array = chunked->chunk(0);
  } else if (chunked->num_chunks() == 0) {
    ASSIGN_OR_RETURN(array, take_result(arrow::MakeEmptyArray(chunked->type()), "empty column"));
  } else {
    ASSIGN_OR_RETURN(array, take_result(arrow::Concatenate(chunked->chunks()),
                                        fmt::format("`{}`: cannot hold column `{}`", state.path, name)));
  }
  const Result<ArrowConversion> conversion = decide_conversion(*array->type(), wanted, place);
  if (!conversion) return observation_error(conversion.error(), state, name, wanted, array->type()->ToString());
  ASSIGN_OR_RETURN(ConvertedColumn converted, convert_array(*conversion, array, place, 0));
  if (!converted.bad_cells.empty()) {
    const BadCell& first = converted.bad_cells.front();
    const Error problem = Error::data(fmt::format("`{}`, column `{}`, row {}: {} {}", state.path, name, first.row + 1,
                                                  quote_json(first.value), first.problem));
    return wanted.type == ScalarType::kTimestamp ? problem.with_help(time_help(state)) : problem;
  }
  return converted;
}

/// What a column is in the language; kNull for lists and what has no type there.
ScalarType nearest_type(const arrow::DataType& found) {
  const auto id = found.id();
  if (id == arrow::Type::DICTIONARY)
    return nearest_type(*static_cast<const arrow::DictionaryType&>(found).value_type());
  if (id == arrow::Type::BOOL || id == arrow::Type::NA) return ScalarType::kBool;
  if (arrow::is_integer(id)) return ScalarType::kInt64;
  if (arrow::is_floating(id) || arrow::is_decimal(id)) return ScalarType::kDouble;
  if (id == arrow::Type::TIMESTAMP || arrow::is_date(id)) return ScalarType::kTimestamp;
  return arrow::is_list(id) ? ScalarType::kNull : ScalarType::kString;
}

/// A list whose items have the layout of the language.
Result<Column> list_column(const ObservationTable::State& state, const std::string& name) {
  const auto chunked = state.table->GetColumnByName(name);
  const std::string what = fmt::format("`{}`: cannot read the lists of column `{}`", state.path, name);
  std::shared_ptr<arrow::Array> array;
  if (chunked->num_chunks() == 1) {
    array = chunked->chunk(0);
  } else if (chunked->num_chunks() == 0) {
    ASSIGN_OR_RETURN(array, take_result(arrow::MakeEmptyArray(chunked->type()), what));
  } else {
    ASSIGN_OR_RETURN(array, take_result(arrow::Concatenate(chunked->chunks()), what));
  }
  ArrowArray exported{};
  ArrowSchema schema{};
  const arrow::Status status = arrow::ExportArray(*array, &exported, &schema);
  if (!status.ok()) return error_of(status, what);
  Result<Column> column = import_column(&exported, schema);
  if (schema.release != nullptr) schema.release(&schema);
  return column;
}

/// A reader of the output would keep one of them.
Status refuse_repeated_names(const std::string& path, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    return Error::data(fmt::format("`{}`: there are several columns named `{}`", path, name))
        .with_help("rename or remove all but one of them");
  }
  return {};
}

/// Text files do not say that digits are text: integers in plain form go back to it without loss.
Column integers_as_text(const Column& integers) {
  ColumnBuilder builder({ScalarType::kString});
  for (int64_t i = 0; i < integers.length; ++i) {
    if (integers.is_valid(i)) {
      builder.append_string(fmt::format("{}", integers.int64s()[i]));
    } else {
      builder.append_null();
    }
  }
  return std::move(builder).finish();
}

/// The times of a column whose form `time_format` says, as time_column() gives them.
Result<ConvertedColumn> times_of_form(const ObservationTable::State& state, const std::string& name,
                                      const CellTexts& cells, std::string_view written) {
  const TimeFormat format(written);
  ConvertedColumn times;
  ColumnBuilder builder({ScalarType::kTimestamp});
  const int64_t rows = state.table->num_rows();
  for (const Column& texts : cells.chunks) {
    for (int64_t i = 0; i < texts.length && builder.length() < rows; ++i) {
      const std::string_view text = texts.is_valid(i) ? trim_blanks(texts.string_at(i)) : std::string_view();
      if (text.empty() || cells.is_null_word(texts.string_at(i))) {
        builder.append_null();
        continue;
      }
      const auto time = format.parse(text);
      if (!time) {
        return Error::data(fmt::format("`{}`, column `{}`, row {}: {} is not of the form {}", state.path, name,
                                       builder.length() + 1, quote_json(text), written))
            .with_help("`time_format` is the form of all times in the file");
      }
      if (time->nanoseconds != 0) {
        times.tie_orders.resize(static_cast<size_t>(rows));
        times.tie_orders[static_cast<size_t>(builder.length())] = time->nanoseconds;
      }
      builder.append_int64(time->floored.us);
    }
  }
  times.column = std::move(builder).finish();
  return times;
}

}  // namespace

ObservationTable::ObservationTable(std::shared_ptr<const State> state) : state_(std::move(state)) {}
const std::string& ObservationTable::path() const { return state_->path; }
int64_t ObservationTable::rows() const { return state_->table->num_rows(); }
const std::vector<std::string>& ObservationTable::column_names() const { return state_->names; }
bool ObservationTable::is_whole() const { return state_->is_whole; }
bool ObservationTable::has_column(std::string_view name) const {
  return std::find(state_->names.begin(), state_->names.end(), name) != state_->names.end();
}

bool ObservationTable::is_utf8() const {
  const auto is_text = [](const std::string& name) { return is_valid_utf8(name); };
  if (!std::all_of(state_->names.begin(), state_->names.end(), is_text)) return false;
  if (!state_->cells) return true;
  for (const CellTexts& cells : *state_->cells) {
    for (const Column& texts : cells.chunks) {
      for (int64_t row = 0; row < texts.length; ++row) {
        if (texts.is_valid(row) && !is_valid_utf8(texts.string_at(row))) return false;
      }
    }
  }
  return true;
}

ObservationTable ObservationTable::with_time_format(std::string form) const {
  auto other = std::make_shared<State>(*state_);
  other->text.time_format = std::move(form);
  return ObservationTable(std::move(other));
}

ObservationTable ObservationTable::first_rows(int64_t rows) const {
  auto part = std::make_shared<State>(*state_);
  part->table = state_->table->Slice(0, rows);
  part->is_whole = state_->is_whole && part->table->num_rows() == this->rows();
  return ObservationTable(std::move(part));
}

Result<Column> ObservationTable::key_column(const std::string& name, ScalarType expected) const {
  const auto column = state_->table->GetColumnByName(name);
  const bool is_digits_only = state_->format != FileFormat::kParquet && expected == ScalarType::kString &&
                              column != nullptr && column->type()->id() == arrow::Type::INT64;
  const WantedColumn wanted{is_digits_only ? ScalarType::kInt64 : expected, std::nullopt};
  ASSIGN_OR_RETURN(ConvertedColumn converted, canonical_column(*state_, name, wanted));
  return is_digits_only ? integers_as_text(converted.column) : std::move(converted.column);
}

Result<Column> ObservationTable::time_column(const std::string& name, std::optional<TimeUnit> unit,
                                             std::vector<int64_t>* past) const {
  const auto column = state_->table->GetColumnByName(name);
  // The unit of a source is about its numbers; an observation file may well hold timestamps.
  const auto type = column == nullptr ? arrow::Type::NA : column->type()->id();
  const bool is_number = arrow::is_integer(type) || arrow::is_floating(type);
  const bool has_form = column != nullptr && state_->cells.has_value() && !state_->text.time_format.empty();
  ConvertedColumn converted;
  if (has_form && !unit) {
    const auto index = static_cast<size_t>(state_->table->schema()->GetFieldIndex(name));
    ASSIGN_OR_RETURN(converted, times_of_form(*state_, name, (*state_->cells)[index], state_->text.time_format));
  } else {
    const WantedColumn wanted{ScalarType::kTimestamp, is_number ? unit : std::nullopt};
    ASSIGN_OR_RETURN(converted, canonical_column(*state_, name, wanted));
  }
  if (past != nullptr) *past = std::move(converted.tie_orders);
  return std::move(converted.column);
}

Result<Column> ObservationTable::value_column(const std::string& name) const {
  const auto column = state_->table->GetColumnByName(name);
  const ScalarType type = column == nullptr ? ScalarType::kString : nearest_type(*column->type());
  if (type == ScalarType::kNull) return list_column(*state_, name);
  ASSIGN_OR_RETURN(ConvertedColumn converted, canonical_column(*state_, name, WantedColumn{type, std::nullopt}));
  return std::move(converted.column);
}

std::shared_ptr<arrow::Table> arrow_table_of(const ObservationTable& observations) {
  return observations.state().table;
}

const std::vector<CellTexts>* cell_texts_of(const ObservationTable& observations) {
  const auto& cells = observations.state().cells;
  return cells.has_value() ? &*cells : nullptr;
}

Result<ObservationTable> import_observations(ArrowArrayStream* stream, const std::string& shown) {
  ASSIGN_OR_RETURN(const auto reader, take_result(arrow::ImportRecordBatchReader(stream), shown));
  auto state = std::make_shared<ObservationTable::State>();
  state->path = shown;
  ASSIGN_OR_RETURN(state->table, take_result(reader->ToTable(), shown));
  state->names = state->table->schema()->field_names();
  return ObservationTable(std::move(state));
}

Result<ObservationTable> read_observations(const std::string& path, const ObservationOptions& options) {
  auto format = file_format_of_path(path);
  if (!options.format.empty()) {
    ASSIGN_OR_RETURN(format, file_format_from_string(options.format));
  }
  if (!format.has_value()) {
    return Error::usage(fmt::format("the extension of `{}` does not say its format", path))
        .with_help("name the file .parquet, .csv or .ndjson (the text ones also with .gz or .zst)");
  }

  ASSIGN_OR_RETURN(const InputFiles found, find_input_files(path, "", *format));
  const std::vector<InputFile>& files = found.files;
  if (files.size() != 1) {
    return Error::usage(fmt::format("`{}` stands for {} files; observations are one file", path, files.size()));
  }

  auto state = std::make_shared<ObservationTable::State>();
  state->path = path;
  state->format = *format;
  state->text = options.text;
  const TextTableOptions wanted{options.text, options.rows_max, options.types};

  switch (*format) {
    case FileFormat::kParquet: {
      ASSIGN_OR_RETURN(ParquetTableContent content, read_parquet_table(files[0], options.rows_max));
      state->is_whole = content.is_whole;
      state->table = std::move(content.table);
      break;
    }
    case FileFormat::kCsv: {
      ASSIGN_OR_RETURN(TextTableContent content, read_csv_table(files[0], wanted));
      state->is_whole = content.is_whole;
      state->table = std::move(content.table);
      state->cells = std::move(content.cells);
      break;
    }
    case FileFormat::kNdjson: {
      ASSIGN_OR_RETURN(TextTableContent content, read_ndjson_table(files[0], wanted));
      state->is_whole = content.is_whole;
      state->table = std::move(content.table);
      state->cells = std::move(content.cells);
      break;
    }
  }

  state->names = state->table->schema()->field_names();
  RETURN_IF_ERROR(refuse_repeated_names(path, state->names));
  return ObservationTable(std::move(state));
}

}  // namespace headrace
