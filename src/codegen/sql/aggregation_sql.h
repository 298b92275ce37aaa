#pragma once

/// Aggregations over the rows of a window, as columns of SELECTs. Private to codegen/sql.
///
/// The rows of all windows stand under each other, marked with the entity and the instant that they belong to; a row
/// without an event stands for an empty window. Then come layers of columns computed with window functions over the
/// rows of one instant, then one GROUP BY, then the result from what was grouped.
///
/// Moments are taken of values that were moved and scaled to [0, 1] and centred on their mean: sums of squares as they
/// come lose their digits.

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/select_text.h"
#include "compute/aggregates/aggregation.h"

#include <functional>
#include <string>
#include <vector>

namespace headrace::sql {

/// What an aggregation finds in the rows.
struct WindowRows {
  SqlDialect dialect = SqlDialect::kDuckDb;
  Aggregation aggregation = Aggregation::kCount;
  const AggregationParams& params;
  ScalarType type = ScalarType::kDouble;         // of the values
  ScalarType second_type = ScalarType::kDouble;  // of the second formula
  bool has_formula = true;
  std::string key;                                   // "pump_id"
  std::string instant;                               // "pump_id, event_us": what a window belongs to
  std::vector<std::string> arrival;                  // columns that order events of one time
  std::function<std::string(std::string_view)> own;  // names of the generator's columns
};

struct AggregationSql {
  /// Rows are first grouped by value, with their number in `times` (mode, top_k).
  bool counts_values = false;
  /// Each layer's columns read those of the layers before.
  std::vector<std::vector<NamedSql>> layers;
  std::vector<NamedSql> grouped;
  std::string result;  // over the grouped columns
  bool may_be_infinite = false;

  /// Where this is not true of the grouped columns, digits were lost: the windows are looked at again. Empty: never.
  std::string is_sound;
  /// The layers of columns that these windows' rows have besides.
  std::vector<std::vector<NamedSql>> exact_rows;
  /// What is then grouped, and the layers of columns over that; they stand beside the grouped columns, null elsewhere.
  std::vector<NamedSql> exact_grouped;
  std::vector<std::vector<NamedSql>> exact_layers;
};

/// REQUIRES: the aggregation is not approximate.
AggregationSql aggregation_sql(const WindowRows& rows);

/// Whether it is one of the sketches, whose buckets and registers no dialect has.
bool is_approximate(Aggregation aggregation);

}  // namespace headrace::sql
