#pragma once

/// What a request asks of the columns of a file, by role; and how rows that lack something leave a batch.

#include "data/column.h"
#include "engine/source.h"
#include "io/paths/location.h"
#include "plan/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct RequestedColumn {
  std::string name;
  ScalarType type = ScalarType::kNull;  // kNull: a key or an id of the file's own type
  std::optional<TimeUnit> unit;         // an integer event time
  bool is_key = false;
  bool is_event_time = false;
  bool is_id = false;        // without a declared type: integers and text, as they are
  bool is_required = false;  // keys, event time, arrival: a row without it is a bad row
  bool decides_row = false;  // those, the id and `deleted`: a row in which it cannot be read is a bad row
  bool is_expected = false;  // the source calls it `required`: no file may lack it
};

/// In the order of the request. REQUIRES: the request has an event time after its keys.
std::vector<RequestedColumn> requested_columns(const PlanSource& definition, const SourceRequest& request);

/// The partition of a file that stands for a column: the innermost of that name.
const HivePartition* find_partition(const InputFile& file, const std::string& column);

/// Reads a partition's value as a type; an error names file and column.
Result<Value> partition_value(const InputFile& file, const HivePartition& partition, ScalarType type,
                              std::optional<TimeUnit> unit);

/// The type that fits a column's partition values in all files: int64 when all are plain integers, else string.
ScalarType infer_partition_type(const std::vector<InputFile>& files, const std::string& column);

/// The same value in every row.
Column constant_column(ScalarType type, const Value& value, int64_t rows);

/// The rows whose byte in `keep` is not 0, in their order. REQUIRES: no list columns.
Batch keep_rows(const Batch& batch, const std::vector<uint8_t>& keep);

/// "there is no column `x`", with the nearest of those that there are.
Error missing_column_error(const std::string& file, const std::string& column, const std::vector<std::string>& present);

}  // namespace headrace
