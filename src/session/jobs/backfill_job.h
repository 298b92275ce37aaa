#pragma once

/// Features of the past, for every entity: computed and put into an offline store, or computed only.

#include "base/file_system.h"
#include "base/result.h"
#include "engine/meter/meter_report.h"
#include "io/files/bad_rows.h"
#include "io/offline/checksum_sink.h"
#include "io/offline/partitioning.h"
#include "io/write/table_format.h"
#include "quality/report.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/opened_sources.h"
#include "session/running/run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// The output that computes without writing.
inline constexpr char kNullOutput[] = "null:";

struct BackfillJob {
  std::string output;                 // folder of the offline store, or kNullOutput
  std::vector<std::string> features;  // selectors (feature_selection.h); empty: all
  std::vector<std::string> excluded;  // likewise
  std::optional<EventTime> start;     // inclusive
  std::optional<EventTime> end;       // exclusive
  std::optional<Duration> every;      // a grid instead of every event
  TableOptions table;
  WritableFile* rows_out = nullptr;  // takes the rows of one entity as text, in the form of `table`; none is stored
  std::optional<int64_t> rows_max;   // only the first so many rows, unchecked. REQUIRES: nothing is stored
  bool wants_checksum = false;
  bool wants_profiles = false;  // of all features, also of those without a check of drift
  bool skips_bad_rows = false;
  std::string bad_rows_file;
  bool replaces = false;                  // columns, a grid, days and the partitioning of the stored table may be lost
  bool is_dev = false;                    // the store is for exploring, and overwritten whatever changed
  std::optional<Partitioning> partition;  // nothing: that of the stored table, a day where none is stored
  RunOptions run;
};

/// The table of one entity.
struct EntityBackfill {
  std::string entity;
  std::vector<std::string> features;
  int64_t rows = 0;
  int64_t partitions_written = 0;
  int64_t partitions_reused = 0;
  int64_t bytes = 0;
  Partitioning partition = Partitioning::kDay;
  bool is_reused = false;                 // the table is that of an earlier run
  bool has_earlier_verdicts = false;      // so are the verdicts of its checks
  std::string reason;                     // why it was computed although something was there; empty: nothing was
  std::optional<TableChecksum> checksum;  // when asked for
};

struct BackfillReport {
  std::string output;  // empty: none written
  std::vector<EntityBackfill> entities;
  QualityReport quality;  // of all entities; also kept as quality.json beside the manifest
  int64_t bad_rows = 0;   // that were left out
  int64_t bad_cells = 0;  // that were read as null
  std::vector<BadRowCount> bad_row_counts;
  BatchStatistics statistics;        // summed over entities
  std::optional<MeterReport> meter;  // when asked for
  std::vector<SourceFileCount> source_files;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

/// Versions are checked for all entities before anything is computed; each entity's table changes in one step. Quality
/// checks are held against every row. Of a table that is reused, the verdicts of the earlier run are given again when
/// its checks have not changed either; a wanted checksum computes all the same.
Result<BackfillReport> run_backfill(const Session& session, const BackfillJob& job, JobProgress& progress);

}  // namespace headrace
