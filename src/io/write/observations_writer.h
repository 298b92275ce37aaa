#pragma once

/// Writes a training set: the observations as they came, with a column for each feature behind theirs.

#include "base/file_system.h"
#include "data/column.h"
#include "io/observations/observations_reader.h"
#include "io/write/table_format.h"
#include "io/write/write_watch.h"

#include <string>
#include <vector>

namespace headrace {

/// A column that is added to observations.
struct AddedColumn {
  std::string name;
  Column values;  // one for each observation
};

struct ObservationsOptions {
  std::string time_column = {};  // of a text file: a timestamp in Parquet where microseconds hold it
  WriteWatch* watch = nullptr;   // counts rows, and may end the writing
};

/// Whether a text file can hold all columns; an error names one that it cannot. To be asked before work begins.
Status check_columns(const ObservationTable& observations, TableFormat format);

struct ObservationsWritten {
  int64_t rows = 0;
  int64_t bytes = 0;
};

/// Writes a file in one step: after a crash its name holds what it held before, or all of the new. All columns of the
/// observations are kept with their types (Parquet) or as text (CSV, NDJSON), in their order; from one text file to
/// another the texts do not change.
/// REQUIRES: no feature has the name of a column; the columns have as many rows as the observations; check_columns()
/// holds.
Result<ObservationsWritten> write_observations(FileSystem& files, const std::string& path, const TableOptions& options,
                                               const ObservationTable& observations,
                                               const std::vector<AddedColumn>& features,
                                               const ObservationsOptions& how = {});

/// Appends the same bytes to a file that is open, such as the standard output; neither syncs nor closes it.
Result<ObservationsWritten> append_observations(WritableFile& file, const TableOptions& options,
                                                const ObservationTable& observations,
                                                const std::vector<AddedColumn>& features, WriteWatch* watch = nullptr);

}  // namespace headrace
