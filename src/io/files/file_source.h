#pragma once

/// What all sources of files share: the units' list, the treatment of bad rows, notes, and the files for a manifest.
///
/// A subclass reads one unit and reports what it could not read; this class decides what becomes of it. When the run is
/// to stop, all sources of the run are looked through, and the error counts and shows what they have (files/bad_rows.h).

#include "engine/source.h"
#include "io/files/bad_rows.h"
#include "io/paths/location.h"

#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace headrace {

/// What one reading of a unit found besides its rows.
class UnitFindings {
 public:
  using HandOn = BadRowSearch::Found;
  static constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

  /// Takes `limit` bad rows; what there is of them is handed on in pieces.
  UnitFindings(size_t limit, bool wants_records, HandOn hand_on)
      : limit_(limit), wants_records_(wants_records), hand_on_(std::move(hand_on)) {}

  /// True when reading on makes no sense, because the run will stop.
  bool is_full() const { return found_ >= limit_; }
  /// Whether a bad row should come with its whole record.
  bool wants_records() const { return wants_records_; }
  /// In order of rows; the findings of one row come together.
  Status add(std::vector<BadRow> of_row);
  /// Hands the rest on. To be called after the last row.
  Status finish();

  int64_t bytes_taken = 0;           // of a text file, by what was read so far
  int64_t rounded_times = 0;         // that were not whole microseconds
  int64_t rows = 0;                  // that were read
  bool lacks_checksums = false;      // of the pages of a Parquet file
  std::vector<std::string> lacking;  // requested columns that the unit's file has not

 private:
  static constexpr size_t kPendingMax = 4096;
  static constexpr size_t kPendingBytesMax = size_t{4} << 20;

  const size_t limit_;
  const bool wants_records_;
  const HandOn hand_on_;
  size_t found_ = 0;
  std::vector<BadRow> pending_;
  size_t pending_bytes_ = 0;
};

/// Thread-safe: read() may be called for several units at once.
class FileSource : public Source, private BadRowSearch {
 public:
  ~FileSource() override;

  const std::vector<SourceUnit>& units() const override { return units_; }

  /// Batches lack the rows that are left out. NaN, infinities and -0.0 are delivered as they are: the engine makes them null and 0.0.
  Status read(size_t unit, const Consume& consume) override;
  int64_t bytes_taken(size_t unit) const override;

  /// The files, in order of arrival.
  const std::vector<InputFile>& input_files() const { return files_; }
  /// The types in which the keys are delivered (those requested, or the files' own for kNull; kNull: no file has a value).
  const std::vector<ScalarType>& key_types() const { return key_types_; }
  /// What the search for files passed over.
  const LeftOutFiles& left_out() const { return left_out_; }
  void set_left_out(LeftOutFiles left_out) { left_out_ = std::move(left_out); }
  /// What the files are, beside files: "version 3 of a Delta table".
  void set_about(std::string about) { about_ = std::move(about); }
  /// Asked with the place of a file in input_files() before rows of it are read, from any thread.
  void set_check(std::function<Status(size_t file)> check);
  /// Files that were read whose pages have no checksums, so that damage may go unnoticed.
  int64_t unverifiable_files() const;
  /// Sentences about what was found and what happened while reading, each said once.
  std::vector<std::string> notes() const;

 protected:
  FileSource(std::string name, std::vector<InputFile> files, BadRows* bad_rows);

  /// Reads one unit and reports what cannot be read. Returns early, without error, once findings.is_full().
  virtual Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) = 0;

  /// For subclasses to fill while they are constructed.
  std::vector<SourceUnit> units_;
  std::vector<ScalarType> key_types_;
  const std::string name_;
  const std::vector<InputFile> files_;

 private:
  const std::string& source_name() const override { return name_; }
  Status find_bad_rows(const Found& found) override;
  Status set_aside(size_t unit, int64_t rows_before, std::vector<BadRow> rows);
  void note_bytes_taken(size_t unit, int64_t rows, int64_t position);
  void add_lacking_notes(std::vector<std::string>& notes) const;

  LeftOutFiles left_out_;
  std::function<Status(size_t file)> check_;
  std::map<std::string, size_t> file_of_;  // by shown name
  std::set<std::string> unverifiable_;     // shown names
  std::string about_;
  BadRows* const bad_rows_;
  mutable std::mutex mutex_;
  std::vector<int64_t> set_aside_rows_;  // by unit: the last row that was set aside, also by an earlier reading
  std::vector<int64_t> bytes_taken_;     // by unit
  std::vector<int64_t> rounded_times_;   // by unit
  std::vector<int64_t> rows_;            // by unit
  std::map<std::string, std::set<size_t>> lacking_;  // by column: the units whose files have not got it
};

}  // namespace headrace
