#pragma once

/// The head of a file of events, and how the file is written where it does not say so itself: looked at, not declared.

#include "io/observations/observations_reader.h"

#include <string>

namespace headrace {

struct LookedAtFile {
  /// So many rows of a file are looked at, however large it is.
  static constexpr int64_t kRowsMax = 50'000;

  std::string path;
  FileFormat format = FileFormat::kParquet;
  TextForm text;  // delimiter, decimal mark and encoding as guessed; the common form where that fits
  ObservationTable table;
};

Result<LookedAtFile> look_at_file(const std::string& path, FileFormat format);

/// The form of the times in a column of text ("%d.%m.%Y"), where one of those in use fits all of them and no other does;
/// else empty. REQUIRES: the column is there.
std::string find_time_format(const ObservationTable& table, const std::string& column);

}  // namespace headrace
