#pragma once

/// Reads the observations of a training set: a whole Parquet, CSV or NDJSON file in memory, with all its columns and
/// rows in their order, ready to be written again with feature columns added.
///
/// Key and time columns are given out as canonical columns under the widening rules of sources; unlike there, nulls are
/// allowed (they give null features).
///
///   auto table = read_observations("labels.parquet", {});
///   auto keys = table->key_column("pump_id", ScalarType::kNull);
///   auto times = table->time_column("event_time", std::nullopt);

#include "base/result.h"
#include "data/column.h"
#include "language/definitions/source_parts.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ArrowArrayStream;  // of the Arrow C stream interface

namespace headrace {

/// How a file of observations is to be understood.
struct ObservationOptions {
  std::string format;               // parquet | csv | ndjson; empty: by the file's extension
  TextForm text = {};               // how a file of text is written
  std::optional<int64_t> rows_max;  // only the first so many rows
  /// Types of columns by name, for CSV, whose text does not say them (usually the keys). Other columns are inferred
  /// over the whole file: int64 if every value is an integer in plain form (no leading zeros), then double, bool, else
  /// string.
  std::map<std::string, ScalarType> types;
};

/// An immutable table that knows how to become observations. Cheap to copy. Thread-safe.
///
/// Code inside io reaches the Arrow table behind it through io/observations/observations_table.h.
class ObservationTable {
 public:
  struct State;
  explicit ObservationTable(std::shared_ptr<const State> state);

  /// The file as the user named it.
  const std::string& path() const;
  int64_t rows() const;
  /// Whether it has all rows of the file.
  bool is_whole() const;
  const std::vector<std::string>& column_names() const;
  bool has_column(std::string_view name) const;

  /// Whether all of its texts are UTF-8: other text is read with another encoding than it was written with.
  bool is_utf8() const;
  /// The same table, its texts being times of another form (TextForm::time_format).
  ObservationTable with_time_format(std::string form) const;
  /// The table of its first rows.
  ObservationTable first_rows(int64_t rows) const;

  /// The key column in one piece. `expected` is int64, string, bool or timestamp, or kNull for the file's own type.
  Result<Column> key_column(const std::string& name, ScalarType expected) const;
  /// The time column as timestamp; `unit` says what numbers count. Times are floored to microseconds; what is past them,
  /// by row and as nanoseconds, goes into `past`, which stays empty when there is nothing.
  Result<Column> time_column(const std::string& name, std::optional<TimeUnit> unit,
                             std::vector<int64_t>* past = nullptr) const;

  /// Any column in one piece, in the type of the language that is nearest to the file's: integers as int64, other numbers
  /// as double, lists as lists.
  Result<Column> value_column(const std::string& name) const;

  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

Result<ObservationTable> read_observations(const std::string& path, const ObservationOptions& options);

/// Takes a stream of batches over, also when it fails; copies nothing. `shown` stands for the path in messages.
Result<ObservationTable> import_observations(ArrowArrayStream* stream, const std::string& shown);

}  // namespace headrace
