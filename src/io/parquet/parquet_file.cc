#include "io/parquet/parquet_file.h"

#include <fmt/format.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include <algorithm>

namespace headrace {
namespace {

/// An id without a declared type is an integer or text, as the file has it.
Result<ArrowConversion> decide_id_conversion(const arrow::Field& field, const ColumnPlace& place) {
  if (field.type()->id() == arrow::Type::NA) return decide_conversion(*field.type(), {ScalarType::kString, {}}, place);
  Result<ArrowConversion> found = decide_conversion(*field.type(), {}, place);
  if (found.ok() && (found->type == ScalarType::kInt64 || found->type == ScalarType::kString)) return found;
  return Error::data(fmt::format("`{}`: the id column `{}` holds {}, and an id is an int64 or a string", place.file,
                                 place.column, field.type()->ToString()))
      .with_help("name another column as `id`, or write the column as integers or text");
}

/// A key that is of one type in this file and of another in the source.
Error key_mismatch(const InputFile& file, const std::string& column, const arrow::DataType& found, ScalarType wanted) {
  return Error::data(fmt::format("the key column `{}` is {} in `{}`, but {} in other files of the source", column,
                                 found.ToString(), file.shown, to_string(wanted)))
      .with_help("give the column one type in all files of the source");
}

}  // namespace

Result<ColumnBinding> bind_column(const InputFile& file, const ParquetFile& opened, const RequestedColumn& wanted,
                                  ScalarType type) {
  if (wanted.is_key && type == ScalarType::kNull) type = ScalarType::kString;
  ColumnBinding binding;
  const int field = opened.schema->GetFieldIndex(wanted.name);
  if (field >= 0) {
    const ColumnPlace place{file.shown, wanted.name};
    const arrow::Field& found = *opened.schema->field(field);
    const bool is_any_id = wanted.is_id && wanted.type == ScalarType::kNull;
    auto conversion = is_any_id ? decide_id_conversion(found, place)
                                : decide_conversion(*found.type(), {type, wanted.unit, TimeRounding::kUp}, place);
    const bool is_undeclared_key = wanted.is_key && wanted.type == ScalarType::kNull;
    if (!conversion.ok() && is_undeclared_key) return key_mismatch(file, wanted.name, *found.type(), type);
    if (!conversion.ok()) return conversion.error();
    binding.conversion = *std::move(conversion);
    binding.leaf = opened.leaf_of_field[static_cast<size_t>(field)];
    binding.is_int96 = opened.metadata->schema()->Column(binding.leaf)->physical_type() == parquet::Type::INT96;
    return binding;
  }
  const std::vector<std::string> names = opened.schema->field_names();
  if (std::count(names.begin(), names.end(), wanted.name) > 1) {
    return Error::data(fmt::format("`{}`: there are several columns named `{}`", file.shown, wanted.name));
  }
  const HivePartition* partition = find_partition(file, wanted.name);
  binding.is_lacking = partition == nullptr;
  // An id without a declared type is text.
  binding.conversion.type = type == ScalarType::kNull ? ScalarType::kString : type;
  if (partition != nullptr) {
    ASSIGN_OR_RETURN(binding.constant, partition_value(file, *partition, binding.conversion.type, wanted.unit));
  }
  return binding;
}

void set_time_bounds(const parquet::FileMetaData& metadata, const ColumnBinding& binding, int group, SourceUnit& unit) {
  const ArrowConversion& conversion = binding.conversion;
  if (binding.leaf < 0 || binding.is_int96 || conversion.method != ConversionMethod::kTimes) return;
  const auto chunk = metadata.RowGroup(group)->ColumnChunk(binding.leaf);
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
  most = floor_divide(most, conversion.divide) + (most % conversion.divide == 0 ? 0 : 1);
  if (least < kTimestampMicrosMin / multiply || most > kTimestampMicrosMax / multiply) return;
  unit.time_min = EventTime{least * multiply};
  unit.time_max = EventTime{most * multiply};
}

}  // namespace headrace
