#pragma once

/// Values to look at: the last ones, or those of one instant. Nothing is written.

#include "base/result.h"
#include "data/value.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// The most rows that are shown of a table; a backfill writes more.
inline constexpr int64_t kShownRowsMax = 100'000;

struct ShowJob {
  std::vector<std::string> features;  // selectors (feature_selection.h); empty: all of every entity that has the keys
  std::vector<std::string> excluded;  // likewise
  std::vector<std::string> keys;      // "pump_id=p7"; of an entity with several keys also some of them
  std::optional<EventTime> at;        // the values as of then; absent: the last rows
  int64_t rows_max = 5;               // of each entity: the last ones, or the first keys `at` an instant
  std::optional<Duration> every;      // the last points of a grid instead of the last events
  bool skips_bad_rows = false;
  std::string bad_rows_file;  // empty: none
  RunOptions run;
};

/// Rows of one entity, by time and then by key.
struct ShownTable {
  std::string entity;
  std::vector<std::string> keys;
  std::vector<std::string> features;
  std::vector<Type> types;               // of a row's values
  std::vector<std::vector<Value>> rows;  // keys, event time, features
  int64_t rows_total = 0;                // with those that are not shown

  /// The names of a row's values.
  std::vector<std::string> column_names() const;
};

struct ShowReport {
  std::vector<ShownTable> tables;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

/// The rows that a backfill would write for the keys. At an instant a key without an event has its values too, where
/// all keys of the entity are given.
Result<ShowReport> run_show(const Session& session, const ShowJob& job, JobProgress& progress);

/// As a backfill writes it: a head line and a line for each row.
Result<std::string> to_csv(const ShownTable& table);

}  // namespace headrace
