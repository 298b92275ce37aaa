#include "delivery/change/sampled_source.h"

#include "base/hash.h"

#include <cmath>

namespace headrace {
namespace {

constexpr uint64_t kSampleSalt = 0x6865616472616365;  // "headrace"

void append_row(ColumnBuilder& builder, const Column& column, int64_t row) {
  if (!column.is_valid(row)) return builder.append_null();
  if (column.type.is_list) return builder.append(column.value_at(row));
  switch (column.type.scalar) {
    case ScalarType::kInt64:
    case ScalarType::kTimestamp: return builder.append_int64(column.int64s()[row]);
    case ScalarType::kDouble: return builder.append_double(column.doubles()[row]);
    case ScalarType::kBool: return builder.append_bool(column.bool_at(row));
    case ScalarType::kString: return builder.append_string(column.string_at(row));
    default: return builder.append(column.value_at(row));
  }
}

}  // namespace

uint64_t hash_of_key(const std::vector<Column>& columns, size_t key_count, int64_t row) {
  uint64_t hash = kSampleSalt;
  for (size_t i = 0; i < key_count; ++i) {
    const Column& column = columns[i];
    switch (column.type.scalar) {
      case ScalarType::kInt64:
      case ScalarType::kTimestamp: hash = mix64(hash ^ static_cast<uint64_t>(column.int64s()[row])); break;
      case ScalarType::kBool: hash = mix64(hash ^ (column.bool_at(row) ? 1 : 0)); break;
      case ScalarType::kString: hash = mix64(hash ^ hash_bytes(column.string_at(row), kSampleSalt)); break;
      default: hash = mix64(hash ^ hash_bytes(to_json(column.value_at(row)), kSampleSalt)); break;
    }
  }
  return mix64(hash);
}

Batch rows_of(const Batch& batch, const std::vector<int64_t>& rows) {
  Batch out;
  out.rows = static_cast<int64_t>(rows.size());
  for (const Column& column : batch.columns) {
    ColumnBuilder builder(column.type);
    for (const int64_t row : rows) append_row(builder, column, row);
    out.columns.push_back(std::move(builder).finish());
  }
  return out;
}

SampledSource::SampledSource(Source& source, size_t key_count, double share)
    : source_(source),
      key_count_(key_count),
      hash_max_(share >= 1.0 ? UINT64_MAX : static_cast<uint64_t>(std::ldexp(share, 64))),
      units_(source.units()) {
  for (SourceUnit& unit : units_) unit.rows = -1;
}

Status SampledSource::read(size_t unit, const Consume& consume) {
  return source_.read(unit, [&](const Batch& batch) -> Status {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (hash_of_key(batch.columns, key_count_, row) <= hash_max_) rows.push_back(row);
    }
    if (static_cast<int64_t>(rows.size()) == batch.rows) return consume(batch);
    return consume(rows_of(batch, rows));
  });
}

}  // namespace headrace
