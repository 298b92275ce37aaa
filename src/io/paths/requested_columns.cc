#include "io/paths/requested_columns.h"

#include "io/paths/suggest_name.h"
#include "io/text/text_values.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {

std::vector<RequestedColumn> requested_columns(const PlanSource& definition, const SourceRequest& request) {
  CHECK_EQ(request.columns.size(), request.types.size());
  CHECK_LT(request.key_count, request.columns.size());
  std::vector<RequestedColumn> columns;
  for (size_t i = 0; i < request.columns.size(); ++i) {
    RequestedColumn column{request.columns[i], request.types[i]};
    column.is_key = i < request.key_count;
    column.is_required = i <= request.key_count + (request.has_arrival ? 1 : 0);
    column.is_event_time = i == request.key_count;
    if (column.is_event_time) column.type = ScalarType::kTimestamp;
    if (column.type == ScalarType::kTimestamp && column.name == definition.event_time) column.unit = definition.unit;
    column.decides_row = i < request.first_value_column();
    column.is_id = request.has_id && i == request.id_column();
    const auto declared = std::find_if(definition.columns.begin(), definition.columns.end(),
                                       [&](const ColumnDefinition& each) { return each.name == column.name; });
    column.is_expected = declared != definition.columns.end() && declared->is_required;
    CHECK(column.is_key || column.is_id || column.type != ScalarType::kNull);
    columns.push_back(std::move(column));
  }
  return columns;
}

const HivePartition* find_partition(const InputFile& file, const std::string& column) {
  for (auto partition = file.partitions.rbegin(); partition != file.partitions.rend(); ++partition) {
    if (partition->column == column) return &*partition;
  }
  return nullptr;
}

Result<Value> partition_value(const InputFile& file, const HivePartition& partition, ScalarType type,
                              std::optional<TimeUnit> unit) {
  if (!partition.value.has_value()) return Value{};
  TextColumn column(type, unit);
  if (const char* problem = column.append(*partition.value)) {
    return Error::data(
               fmt::format("`{}`: the partition `{}={}` {}", file.shown, partition.column, *partition.value, problem))
        .with_help(
            fmt::format("the column is wanted as {}: declare another type, or rename the folder", to_string(type)));
  }
  return column.take().value_at(0);
}

ScalarType infer_partition_type(const std::vector<InputFile>& files, const std::string& column) {
  for (const InputFile& file : files) {
    const HivePartition* partition = find_partition(file, column);
    if (partition != nullptr && partition->value.has_value() && !is_plain_integer(*partition->value)) {
      return ScalarType::kString;
    }
  }
  return ScalarType::kInt64;
}

Column constant_column(ScalarType type, const Value& value, int64_t rows) {
  ColumnBuilder builder({type});
  for (int64_t i = 0; i < rows; ++i) builder.append(value);
  return std::move(builder).finish();
}

Batch keep_rows(const Batch& batch, const std::vector<uint8_t>& keep) {
  Batch kept;
  for (uint8_t is_kept : keep) kept.rows += is_kept != 0 ? 1 : 0;
  for (const Column& column : batch.columns) {
    ColumnBuilder builder(column.type);
    for (int64_t i = 0; i < batch.rows; ++i) {
      if (keep[static_cast<size_t>(i)] == 0) continue;
      if (!column.is_valid(i)) {
        builder.append_null();
        continue;
      }
      switch (column.type.scalar) {
        case ScalarType::kBool: builder.append_bool(column.bool_at(i)); break;
        case ScalarType::kDouble: builder.append_double(column.doubles()[i]); break;
        case ScalarType::kString: builder.append_string(column.string_at(i)); break;
        default: builder.append_int64(column.int64s()[i]); break;
      }
    }
    kept.columns.push_back(std::move(builder).finish());
  }
  return kept;
}

Error missing_column_error(const std::string& file, const std::string& column,
                           const std::vector<std::string>& present) {
  return Error::data(fmt::format("`{}`: there is no column `{}`", file, column))
      .with_help(suggest_name(column, present));
}

}  // namespace headrace
