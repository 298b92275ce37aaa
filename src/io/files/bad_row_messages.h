#pragma once

/// Rows and cells that cannot be read, as people are told about them. Pure functions.

#include "base/result.h"
#include "io/files/bad_rows.h"

#include <string>
#include <vector>

namespace headrace {

/// The most of a source that an error shows.
inline constexpr size_t kBadRowsShownMax = 10;

struct ShownBadRow {
  std::string source;
  BadRow row;
};

/// The error of a stopped run: the first of each source as an aligned table, all by source and column, and the remedy.
/// REQUIRES: `shown` is not empty, and ordered by source.
Error bad_rows_error(const std::vector<ShownBadRow>& shown, const BadRowTally& tally);

/// "source `pumps`: 3 rows were left out (2: `pump_id` is missing; 1: is not valid JSON)", and the same of cells that
/// are null, for each source that has such.
std::vector<std::string> skipped_warnings(const std::vector<BadRowCount>& counts);

}  // namespace headrace
