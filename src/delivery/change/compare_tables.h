#pragma once

/// The values of two stored tables side by side: two offline stores, or two files of rows, such as a Beam run's output.
///
/// Rows are of one key and instant; several of one are paired in their order. The columns before `event_time` are the key,
/// those behind it are values, as a backfill writes them; or the keys are named.

#include "base/result.h"
#include "delivery/change/value_difference.h"

#include <string>
#include <vector>

namespace headrace {

struct CompareTables {
  std::string before, now;          // folders of stores, or files: Parquet, CSV, NDJSON
  std::vector<std::string> keys;    // of files; empty: the columns before the time
  std::string time = "event_time";  // of files
  double sample = 1.0;              // share of the keys
  double tolerance = 0.0;           // relative, of numbers
};

/// One table of both.
struct TableDifference {
  std::string table;  // the entity, or the file
  int64_t rows_before = 0, rows_now = 0;
  int64_t before_only = 0, now_only = 0;  // rows of a key and instant that the other has not
  std::vector<std::string> rows_in_one;   // some of them: "p7 at 2024-03-01T00:00:00Z, before only"
  std::vector<std::string> columns_before_only, columns_now_only;
  ValueReport values;

  bool is_equal() const;
};

struct TablesReport {
  static constexpr int kFormatVersion = 1;

  std::string before, now;
  std::vector<TableDifference> tables;
  std::vector<std::string> tables_before_only, tables_now_only;  // of stores

  bool is_equal() const;
};

/// Reads the tables of an entity into memory, one entity after the other.
Result<TablesReport> compare_tables(const CompareTables& request);

std::string to_text(const TablesReport& report);
/// As described in delivery/change/change_json.h.
std::string to_json(const TablesReport& report);

}  // namespace headrace
