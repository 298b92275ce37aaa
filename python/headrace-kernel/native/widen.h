#pragma once

/// Arrow arrays of any layout that libraries hand over, as canonical columns, without an Arrow library.
///
/// The rules are those of files (io/arrow/from_arrow.h): a value that would lose is an error, a value that cannot be
/// read becomes null and is reported as a bad cell. Equal layouts are taken over without copying. Decimals, run-end
/// encoding and nested types are refused, and so is an array that breaks the interface (array_layout.h).

#include "base/result.h"
#include "data/c_data.h"
#include "language/definitions/repository.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Names a column in messages.
struct TablePlace {
  std::string table;
  std::string column;
};

/// `type` kNull is for keys: int64, string, bool or timestamp, as they come.
struct WantedType {
  ScalarType type = ScalarType::kNull;
  std::optional<TimeUnit> unit;  // for a timestamp: what integers count
};

/// A value that cannot be read; `row` counts from 0 in the array.
struct BadValue {
  int64_t row = 0;
  std::string problem;
};

struct WidenedColumn {
  Column column;
  std::vector<BadValue> bad_cells;  // null in the column; in order
};

/// A piece of an array. `owner` keeps its buffers alive.
struct ArrayPiece {
  const ArrowArray* array = nullptr;
  const ArrowSchema* schema = nullptr;
  int64_t start = 0;  // in addition to the array's own offset
  int64_t rows = 0;
  std::shared_ptr<const void> owner;
};

/// What the column's type becomes; an error names what was found and what is wanted.
Result<ScalarType> widened_type(const ArrowSchema& schema, const WantedType& wanted, const TablePlace& place);

/// `first_row` is the number of the piece's first row in its table, counted from 0.
Result<WidenedColumn> widen(const ArrayPiece& piece, const WantedType& wanted, const TablePlace& place,
                            int64_t first_row);

}  // namespace headrace
