#pragma once

/// A stream of Arrow batches, read into canonical columns.
///
///   ASSIGN_OR_RETURN(TableStream stream, TableStream::open(std::move(owned), "the events of `telemetry`"));
///   ASSIGN_OR_RETURN(InputTable table, stream.read({{"pump_id", {}, true}}, OnBadRow::kStop));

#include "binding/arrow_tables.h"
#include "widen.h"

#include <memory>
#include <string>
#include <vector>

namespace headrace {

struct InputColumn {
  std::string name;
  WantedType wanted;
  bool is_required = false;  // a row without it is a bad row
};

enum class OnBadRow { kStop, kSkip };

struct InputTable {
  std::vector<ScalarType> types;  // of the asked columns
  std::vector<Batch> batches;     // at least one
  int64_t rows = 0;
  int64_t bad_rows = 0;  // left out
};

class TableStream {
 public:
  /// Reads the schema. `shown` names the table in messages.
  static Result<TableStream> open(OwnedStream stream, std::string shown);

  const std::string& shown() const { return shown_; }
  const std::vector<std::string>& names() const { return names_; }
  bool has_column(const std::string& name) const;
  /// The Arrow type of a column is an integer. REQUIRES: has_column(name).
  bool is_integer(const std::string& name) const;

  /// Reads to the end; can be done once.
  Result<InputTable> read(const std::vector<InputColumn>& columns, OnBadRow bad_rows);

 private:
  TableStream(OwnedStream stream, std::string shown) : shown_(std::move(shown)), stream_(std::move(stream)) {}
  Result<size_t> index_of(const std::string& name) const;
  Error stream_error(int code);
  Status add_batch(std::shared_ptr<ArrowArray> array, const std::vector<InputColumn>& columns,
                   const std::vector<size_t>& indexes, OnBadRow bad_rows, InputTable& table);

  std::string shown_;
  OwnedStream stream_;
  std::shared_ptr<ArrowSchema> schema_;
  std::vector<std::string> names_;
};

/// The column of all batches in one piece.
Column joined_column(const std::vector<Batch>& batches, size_t column, const Type& type);

}  // namespace headrace
