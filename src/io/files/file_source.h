#pragma once

/// What all sources of files share: the units' list, the treatment of bad rows, notes, and the files for a manifest.
///
/// A subclass reads one unit and reports the rows that it left out; this class decides what becomes of them. When the
/// run is to stop, the error shows the first bad rows in order of arrival whichever thread met one first: the units
/// before are looked through again unless they are known to be clean.

#include "engine/source.h"
#include "io/files/bad_rows.h"
#include "io/paths/location.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// What one reading of a unit found besides its rows.
struct UnitFindings {
  explicit UnitFindings(size_t bad_rows_limit) : limit(bad_rows_limit) {}

  /// True when reading on makes no sense, because the run will stop.
  bool is_full() const { return bad_rows.size() >= limit; }
  void add(BadRow row) {
    if (!is_full()) bad_rows.push_back(std::move(row));
  }

  const size_t limit;
  std::vector<BadRow> bad_rows;
  int64_t nanoseconds_floored = 0;  // timestamps that were not whole microseconds
};

/// Thread-safe: read() may be called for several units at once.
class FileSource : public Source {
 public:
  const std::vector<SourceUnit>& units() const override { return units_; }

  /// Batches lack the bad rows. NaN, infinities and -0.0 are delivered as they are: the engine makes them null and 0.0.
  Status read(size_t unit, const Consume& consume) override;

  /// The files, in order of arrival.
  const std::vector<InputFile>& input_files() const { return files_; }
  /// The types in which the keys are delivered (those requested, or the files' own for kNull).
  const std::vector<ScalarType>& key_types() const { return key_types_; }
  /// Sentences about what happened while reading, each said once.
  std::vector<std::string> notes() const;

 protected:
  FileSource(std::string name, std::vector<InputFile> files, BadRows* bad_rows);

  /// Reads one unit without its bad rows, and reports them. Returns early, without error, once findings.is_full().
  virtual Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) = 0;

  /// For subclasses to fill while they are constructed.
  std::vector<SourceUnit> units_;
  std::vector<ScalarType> key_types_;
  const std::string name_;
  const std::vector<InputFile> files_;

 private:
  enum class UnitState : uint8_t { kUnread, kClean, kBad };
  /// Units that are looked through for more bad rows after the first one that has some.
  static constexpr size_t kUnitsShownMax = 16;

  Error stop_with_first_bad_rows();

  BadRows* const bad_rows_;
  mutable std::mutex mutex_;
  std::vector<UnitState> states_;
  std::vector<int64_t> floored_;  // by unit
  std::optional<Error> stopped_;
};

}  // namespace headrace
