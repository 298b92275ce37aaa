#pragma once

/// Which files of a source have which of the requested columns, and what follows where one is missing: a column that came
/// later is null in the files before it, one that no file has is a mistake.

#include "io/paths/requested_columns.h"

#include <set>
#include <string>
#include <vector>

namespace headrace {

/// Of a column that none of the files has; `names` are those that there are.
Error no_such_column_error(size_t files, const std::string& first_file, const std::string& column,
                           const std::vector<std::string>& names);

/// Of a file that lacks a column which the source calls `required`; `with` has it, as far as is known.
Error required_column_error(const std::string& without, const std::string& column, const std::string& with);

/// Filled while files are opened. Not thread-safe.
class ColumnPresence {
 public:
  explicit ColumnPresence(const std::vector<RequestedColumn>& columns);

  /// `names` are the file's own columns; those of its path count too. A file without rows lacks nothing.
  void add(const InputFile& file, const std::vector<std::string>& names, bool has_rows);

  bool has_names() const { return !names_.empty(); }

  /// An error where no file has a column, and where a file with rows lacks one that each row needs (key, time, arrival) or
  /// that the source calls `required`.
  Status check() const;

 private:
  static constexpr size_t kNamesMax = 10'000;

  struct Found {
    std::string with;     // the first file that has it, as shown
    std::string without;  // the first with rows that has not
  };

  const std::vector<RequestedColumn>& columns_;
  std::vector<Found> found_;  // parallel to the columns
  std::set<std::string> names_;
  std::string first_file_;
  size_t files_ = 0;
};

}  // namespace headrace
