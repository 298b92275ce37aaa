#pragma once

/// What becomes of rows that cannot be used: an unparsable value, a missing key, event time or arrival.
///
/// No bad row passes silently. By default the run stops with an error that shows the first of them; on request they are
/// set aside into a file and counted. Rows count from 1 over the data rows of a file.

#include "base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

enum class BadRowPolicy { kStop, kSkip };

/// A row with its first problem.
struct BadRow {
  std::string file;
  int64_t row = 0;
  int64_t line = 0;  // of a text file; 0: not known
  std::string column;
  std::string problem;  // "is not an integer"
  std::string value;    // as found; empty when it is missing
};

/// The most bad rows that an error shows.
inline constexpr size_t kBadRowsShownMax = 10;

/// The error of a stopped run: `rows` as an aligned table, with the remedy. REQUIRES: rows is not empty.
Error bad_rows_error(const std::string& source, const std::vector<BadRow>& rows);

/// The policy of one run, and the rows set aside under it.
///
/// The file of bad rows is written anew in each run: CSV with the columns file, row, line, column, problem, value, or
/// one JSON object a line when its name ends in .ndjson, .jsonl or .json. Rows are in order of file and row, as long as
/// there are at most kPendingMax of them; beyond that, sorted runs follow each other.
///
/// Thread-safe.
class BadRows {
 public:
  static constexpr size_t kPendingMax = 200'000;

  /// An empty path keeps no file.
  static Result<std::unique_ptr<BadRows>> create(BadRowPolicy policy, const std::string& path);
  ~BadRows();

  BadRowPolicy policy() const { return policy_; }

  /// Counts and keeps rows that were passed over. A row that comes again (the source is read twice) is counted once.
  Status add(const std::string& source, const std::vector<BadRow>& rows);

  /// How many different rows were set aside, in all and by source.
  int64_t count() const;
  std::map<std::string, int64_t> count_by_source() const;

  /// Writes what is still in memory. To be called once after the last read; nothing may be added later.
  Status finish();

 private:
  struct File;
  BadRows(BadRowPolicy policy, std::unique_ptr<File> file);
  Status write_pending();

  const BadRowPolicy policy_;
  mutable std::mutex mutex_;
  std::unique_ptr<File> file_;
  std::vector<BadRow> pending_;
  std::set<std::pair<uint64_t, int64_t>> seen_;  // hash of source and file, row
  std::map<std::string, int64_t> counts_;
};

/// "3 bad rows of source `pumps` were left out", for each source that has such.
std::vector<std::string> skipped_warnings(const BadRows& bad_rows);

}  // namespace headrace
