#pragma once

/// How the engine reads events: an interface that io implements (Parquet, CSV, NDJSON) and tests fill from memory.

#include "base/result.h"
#include "data/column.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// A piece of a source that can be read alone: a row group, a file. Units are in order of arrival: files in byte order
/// of their paths, then the rows of a file.
struct SourceUnit {
  std::string file;
  int64_t rows = -1;                            // -1: not known before reading
  int64_t bytes = 0;                            // of the file that reading takes; 0: nothing is said of it
  std::optional<EventTime> time_min, time_max;  // from statistics; absent: not known
};

/// Reads units of one source.
///
/// A batch that read() delivers has the columns of the request in that order with exactly their types; key, event-time
/// (as timestamp, microseconds) and arrival columns have no nulls, since rows that lack one are bad rows and dealt with
/// by the implementation. Ids and `deleted` may be null; a row in which one cannot be read is a bad row. Batches of one
/// unit come in order of arrival.
///
/// An event time between two microseconds is rounded up. A batch that has such has one more column behind those of the
/// request, an int64 with FineTime::tie_order(): it orders events of one microsecond, after an arrival column and before
/// the order of the rows.
///
/// Thread-safe: read() may be called for several units at once.
class Source {
 public:
  using Consume = std::function<Status(const Batch&)>;

  virtual ~Source() = default;
  virtual const std::vector<SourceUnit>& units() const = 0;
  virtual Status read(size_t unit, const Consume& consume) = 0;
  /// Of the unit's bytes, those that the batches so far came from; for a display. Asked during consume() of that unit.
  virtual int64_t bytes_taken(size_t unit) const {
    (void)unit;
    return 0;
  }
};

/// What a plan needs of a source: the engine asks the caller to open it.
struct SourceRequest {
  std::string source;
  std::vector<std::string> columns;  // names: keys, event time, then arrival, id and deleted if any, then values
  /// What each shall be delivered as. kNull for keys: int64, string, bool or timestamp, the same in all batches; for
  /// the id: int64 or string, by batch.
  std::vector<ScalarType> types;
  size_t key_count = 0;
  bool has_arrival = false;
  bool has_id = false;
  bool has_deleted = false;

  // Places of columns. REQUIRES: the request has them.
  size_t time_column() const { return key_count; }
  size_t arrival_column() const { return key_count + 1; }
  size_t id_column() const { return key_count + 1 + (has_arrival ? 1 : 0); }
  size_t deleted_column() const { return id_column() + 1; }
  /// The column of tie orders, where a batch has one.
  size_t tie_order_column() const { return columns.size(); }
  size_t first_value_column() const { return id_column() + (has_id ? 1 : 0) + (has_deleted ? 1 : 0); }
};

/// Rows in memory as one unit.
class MemorySource : public Source {
 public:
  explicit MemorySource(std::vector<Batch> batches);
  const std::vector<SourceUnit>& units() const override { return units_; }
  Status read(size_t unit, const Consume& consume) override;

 private:
  std::vector<Batch> batches_;
  std::vector<SourceUnit> units_;
};

}  // namespace headrace
