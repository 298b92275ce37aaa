#include "table_stream.h"

#include "array_layout.h"
#include "array_view.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace headrace {
namespace {

/// Frees a struct of the C interface that somebody else filled.
template <typename Struct>
std::shared_ptr<Struct> own(const Struct& filled) {
  return std::shared_ptr<Struct>(new Struct(filled), [](Struct* owned) {
    if (owned->release != nullptr) owned->release(owned);
    delete owned;
  });
}

void append_row(const Column& column, int64_t row, ColumnBuilder& builder) {
  if (!column.is_valid(row)) return builder.append_null();
  if (column.type.is_list) return builder.append(column.value_at(row));
  switch (column.type.scalar) {
    case ScalarType::kBool: return builder.append_bool(column.bool_at(row));
    case ScalarType::kDouble: return builder.append_double(column.doubles()[row]);
    case ScalarType::kString: return builder.append_string(column.string_at(row));
    case ScalarType::kInt64:
    case ScalarType::kTimestamp: return builder.append_int64(column.int64s()[row]);
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  builder.append_null();
}

Column without_rows(const Column& column, const std::vector<bool>& is_bad) {
  ColumnBuilder builder(column.type);
  for (int64_t row = 0; row < column.length; ++row) {
    if (!is_bad[static_cast<size_t>(row)]) append_row(column, row, builder);
  }
  return std::move(builder).finish();
}

bool has_null_rows(const ArrowArray& batch) {
  if (batch.null_count == 0 || batch.n_buffers == 0 || batch.buffers[0] == nullptr) return false;
  const auto* validity = static_cast<const uint8_t*>(batch.buffers[0]);
  for (int64_t row = batch.offset; row < batch.offset + batch.length; ++row) {
    if (((validity[row >> 3] >> (row & 7)) & 1) == 0) return true;
  }
  return false;
}

}  // namespace

Error TableStream::stream_error(int code) {
  const char* said = stream_.get()->get_last_error(stream_.get());
  return Error::environment(fmt::format("{}: {}", shown_, said != nullptr ? said : std::strerror(code)));
}

Result<TableStream> TableStream::open(OwnedStream stream, std::string shown) {
  TableStream opened(std::move(stream), std::move(shown));
  ArrowSchema schema{};
  const int code = opened.stream_.get()->get_schema(opened.stream_.get(), &schema);
  if (code != 0) return opened.stream_error(code);
  opened.schema_ = own(schema);
  if (schema.format == nullptr || std::string_view(schema.format) != "+s") {
    return Error::usage(opened.shown_ + " must be a table: an Arrow struct with a field for each column");
  }
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (schema.children == nullptr || schema.children[i] == nullptr) {
      return Error::usage(fmt::format("{} has no schema of its column {}", opened.shown_, i + 1));
    }
    opened.names_.emplace_back(schema.children[i]->name == nullptr ? "" : schema.children[i]->name);
  }
  return opened;
}

bool TableStream::has_column(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool TableStream::is_integer(const std::string& name) const {
  const auto index = std::find(names_.begin(), names_.end(), name) - names_.begin();
  return found_type(*schema_->children[index]).kind == FoundType::Kind::kInteger;
}

Result<size_t> TableStream::index_of(const std::string& name) const {
  const auto count = std::count(names_.begin(), names_.end(), name);
  if (count == 1) return static_cast<size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  if (count > 1) return Error::data(fmt::format("{} has several columns named `{}`", shown_, name));
  const std::string near = did_you_mean(name, names_);
  return Error::data(fmt::format("{} has no column `{}`", shown_, name))
      .with_help(near.empty() ? fmt::format("the columns are {}", fmt::join(names_, ", ")) : near);
}

Status TableStream::add_batch(std::shared_ptr<ArrowArray> array, const std::vector<InputColumn>& columns,
                              const std::vector<size_t>& indexes, OnBadRow bad_rows, InputTable& table) {
  RETURN_IF_ERROR(check_table_layout(*array, names_.size(), shown_));
  if (has_null_rows(*array)) return Error::data(shown_ + " has rows that are null as a whole");
  const int64_t rows = array->length;
  Batch batch{rows, {}};
  std::vector<bool> is_bad(static_cast<size_t>(rows), false);
  int64_t bad_count = 0;
  const auto report = [&](int64_t row, const std::string& column, const std::string& problem) -> Status {
    if (bad_rows == OnBadRow::kStop) {
      return Error::data(fmt::format("{}, column `{}`, row {}: {}", shown_, column, table.rows + row + 1, problem))
          .with_help("set it right, or leave such rows out with skip_bad_rows=True");
    }
    if (!is_bad[static_cast<size_t>(row)]) ++bad_count;
    is_bad[static_cast<size_t>(row)] = true;
    return {};
  };
  for (size_t i = 0; i < columns.size(); ++i) {
    const ArrayPiece piece{array->children[indexes[i]], schema_->children[indexes[i]], array->offset, rows, array};
    ASSIGN_OR_RETURN(WidenedColumn widened,
                     widen(piece, {table.types[i], columns[i].wanted.unit}, {shown_, columns[i].name}, table.rows));
    for (const BadValue& cell : widened.bad_cells) RETURN_IF_ERROR(report(cell.row, columns[i].name, cell.problem));
    for (int64_t row = 0; columns[i].is_required && widened.column.validity != nullptr && row < rows; ++row) {
      if (!widened.column.is_valid(row)) RETURN_IF_ERROR(report(row, columns[i].name, "is null"));
    }
    batch.columns.push_back(std::move(widened.column));
  }
  table.rows += rows;
  table.bad_rows += bad_count;
  if (bad_count > 0) {
    for (Column& column : batch.columns) column = without_rows(column, is_bad);
    batch.rows = rows - bad_count;
  }
  table.batches.push_back(std::move(batch));
  return {};
}

Result<InputTable> TableStream::read(const std::vector<InputColumn>& columns, OnBadRow bad_rows) {
  InputTable table;
  std::vector<size_t> indexes;
  for (const InputColumn& column : columns) {
    ASSIGN_OR_RETURN(const size_t index, index_of(column.name));
    ASSIGN_OR_RETURN(const ScalarType type,
                     widened_type(*schema_->children[index], column.wanted, {shown_, column.name}));
    indexes.push_back(index);
    table.types.push_back(type);
  }
  while (true) {
    ArrowArray filled{};
    const int code = stream_.get()->get_next(stream_.get(), &filled);
    if (code != 0) return stream_error(code);
    if (filled.release == nullptr) break;
    RETURN_IF_ERROR(add_batch(own(filled), columns, indexes, bad_rows, table));
  }
  if (table.batches.empty()) {
    Batch none;
    for (const ScalarType type : table.types) none.columns.push_back(ColumnBuilder({type}).finish());
    table.batches.push_back(std::move(none));
  }
  return table;
}

Column joined_column(const std::vector<Batch>& batches, size_t column, const Type& type) {
  if (batches.size() == 1) return batches.front().columns[column];
  ColumnBuilder builder(type);
  for (const Batch& batch : batches) {
    for (int64_t row = 0; row < batch.rows; ++row) append_row(batch.columns[column], row, builder);
  }
  return std::move(builder).finish();
}

}  // namespace headrace
