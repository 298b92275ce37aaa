#pragma once

/// Rows of a stream as plain Python values, for whoever has one event at a time: an Arrow table of one row costs more to make
/// than the engine takes for it. Times are whole microseconds.

#include "data/column.h"
#include "engine/rows/observations.h"

#include <nanobind/nanobind.h>

#include <vector>

namespace headrace {

/// Of a sequence of rows, each a sequence of values in the order of the types; kNull: as the first row has it. ValueError: a value of another type, or a row of
/// another length.
Batch batch_of_rows(nanobind::handle rows, const std::vector<Type>& types);
/// One place: the values of a key and a time.
Observations place_of(nanobind::handle key, int64_t time_us, const std::vector<Type>& key_types);
/// The values of a row, those of the columns from `first` on.
nanobind::list row_of(const std::vector<Column>& columns, size_t first, int64_t row);

}  // namespace headrace
