#pragma once

/// A training set: observations with the features' values as of their instants.

#include "base/file_system.h"
#include "base/result.h"
#include "engine/meter/meter_report.h"
#include "io/files/bad_rows.h"
#include "io/observations/observations_reader.h"
#include "io/offline/checksum_sink.h"
#include "io/write/observations_writer.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/opened_sources.h"
#include "session/running/run_options.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct DatasetJob {
  std::string observations;           // Parquet, CSV or NDJSON
  TextForm observations_form;         // how they are written, where they are text
  std::string output;                 // likewise; "null:" writes nothing
  std::vector<std::string> features;  // selectors (feature_selection.h); empty: all of entities whose keys are there
  std::vector<std::string> excluded;  // likewise
  std::string time_column;            // empty: see below
  WritableFile* rows_out = nullptr;   // takes the rows as text instead of `output`; null: `output` does
  TableFormat rows_format = TableFormat::kCsv;  // of `rows_out`: CSV or NDJSON
  std::optional<int64_t> rows_max;              // only the first so many observations
  bool wants_checksum = false;
  bool skips_bad_rows = false;
  std::string bad_rows_file;
  RunOptions run;
};

struct DatasetReport {
  std::string output;  // empty: none written
  std::string time_column;
  std::vector<std::string> entities;
  std::vector<std::string> features;  // in the order of the columns
  int64_t rows = 0;
  int64_t bytes = 0;            // of the output
  int64_t incomplete_rows = 0;  // with a null key or time, summed over entities
  int64_t bad_rows = 0;         // that were left out
  int64_t bad_cells = 0;        // that were read as null
  std::vector<BadRowCount> bad_row_counts;
  std::optional<TableChecksum> checksum;  // of the features, when asked for
  BatchStatistics statistics;             // summed over entities
  std::optional<MeterReport> meter;       // when asked for
  std::vector<SourceFileCount> source_files;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

/// Keeps every observation in its place, with all its columns, and adds a column for each feature.
///
/// The time column is the one named, else the event time of a source of the features, else `event_time` or
/// `event_timestamp`, whichever the observations have. A clash of names is an error before any work.
Result<DatasetReport> run_dataset(const Session& session, const DatasetJob& job, JobProgress& progress);

/// The columns that belong behind those of observations in memory.
struct DatasetColumns {
  DatasetReport report;
  std::vector<AddedColumn> features;  // one value for each observation, in their order
};

/// The same for observations in memory. The job's `observations` and `output` do not matter.
Result<DatasetColumns> run_dataset_in_memory(const Session& session, const ObservationTable& observations,
                                             const DatasetJob& job, JobProgress& progress);

}  // namespace headrace
