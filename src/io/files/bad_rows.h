#pragma once

/// What becomes of input that cannot be read.
///
/// A row is left out only where its key, event time, arrival, id, `deleted` or its syntax cannot be read; any other cell
/// that cannot be read is null. So a feature has one value whatever else a run computes. Neither passes silently: by
/// default the run stops with an error that counts them all and shows the first; on request the run goes on, both are
/// counted by source, column and problem, and set aside into a file with the whole row and its place. Rows count from 1
/// over the data rows of a file.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace headrace {

enum class BadRowPolicy { kStop, kSkip };

/// A row that cannot be used, with its first problem; or one cell of a row that is used otherwise.
struct BadRow {
  std::string file;
  int64_t row = 0;
  int64_t line = 0;  // of a text file; 0: not known
  std::string column;
  std::string problem;   // "is not an integer"
  std::string value;     // as found; empty when it is missing
  bool is_cell = false;  // the row stays, with null in this place
  std::string record;    // the whole row as it stands in the file (of Parquet: as JSON), where it is kept
};

/// How often a problem was met in a column of a source. An empty column: the syntax of the row.
struct BadRowCount {
  std::string source;
  std::string column;
  std::string problem;
  int64_t rows = 0;   // that were left out
  int64_t cells = 0;  // that are null
  friend bool operator==(const BadRowCount&, const BadRowCount&) = default;
};

/// Counts by source, column and problem. What comes after kKindsMax different ones is counted as "has another problem".
class BadRowTally {
 public:
  static constexpr size_t kKindsMax = 1000;

  void add(const std::string& source, const BadRow& row);
  int64_t rows() const { return rows_; }
  int64_t cells() const { return cells_; }
  /// By source, then column, then problem.
  std::vector<BadRowCount> counts() const;

 private:
  struct Numbers {
    int64_t rows = 0;
    int64_t cells = 0;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Numbers> numbers_;
  int64_t rows_ = 0;
  int64_t cells_ = 0;
};

/// A source that can be looked through for everything in it that cannot be read.
class BadRowSearch {
 public:
  using Found = std::function<Status(std::vector<BadRow>)>;

  virtual ~BadRowSearch() = default;
  virtual const std::string& source_name() const = 0;
  /// In order of arrival. Ends early with the error of `found`.
  virtual Status find_bad_rows(const Found& found) = 0;
};

class BadRowFile;

/// The policy of one run, and the rows set aside under it.
///
/// Thread-safe.
class BadRows {
 public:
  /// An empty path keeps no file.
  static Result<std::unique_ptr<BadRows>> create(BadRowPolicy policy, const std::string& path);
  ~BadRows();

  BadRowPolicy policy() const { return policy_; }
  /// Whether rows are to be added with their whole record.
  bool keeps_records() const { return file_ != nullptr; }

  /// Counts and keeps what was passed over.
  Status add(const std::string& source, const std::vector<BadRow>& rows);

  /// How many rows were left out, how many cells are null, and both by their kinds.
  int64_t row_count() const;
  int64_t cell_count() const;
  std::vector<BadRowCount> counts() const;

  /// The sources of the run, which are judged together when it stops. To be removed before they end.
  void add_source(BadRowSearch* source);
  void remove_source(BadRowSearch* source);
  /// Asked while sources are looked through; true: the run is to end.
  void set_interrupt(std::function<bool()> is_interrupted) { is_interrupted_ = std::move(is_interrupted); }

  /// The error of a run that stops: looks all sources through, once, whichever thread met a bad row first.
  Error stop();

  /// Writes what is still in memory. To be called once after the last read; nothing may be added later.
  Status finish();

 private:
  BadRows(BadRowPolicy policy, std::unique_ptr<BadRowFile> file);
  Error judge_sources();

  const BadRowPolicy policy_;
  std::function<bool()> is_interrupted_;
  mutable std::mutex mutex_;
  std::unique_ptr<BadRowFile> file_;
  BadRowTally tally_;
  std::vector<BadRowSearch*> sources_;
  std::mutex stop_mutex_;
  std::optional<Error> stopped_;
};

}  // namespace headrace
