#pragma once

/// Finds the files that a `path` of a definition stands for: the one listing for every format, for runs and for generated
/// code.
///
/// A path is a file, a folder (searched to the bottom for files with the format's extensions, in any case), or a glob
/// with `*`, `?`, `[..]` and `**` (any number of folders). Names that start with `_` or `.` are passed over, as in other
/// tools, unless the pattern itself spells that first character. A file that links reach by several paths is one file.
/// Folders named `column=value` (hive partitions) below the path, or where it has a glob, give every file below them a
/// value for that column. What is left out is counted and named.
///
/// Files come in byte order of their paths, which is the order of arrival (language, section 1).

#include "base/result.h"
#include "io/paths/file_formats.h"
#include "io/paths/lake_table.h"
#include "io/paths/left_out_files.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A `column=value` folder above a file, decoded; no value for __HIVE_DEFAULT_PARTITION__.
struct HivePartition {
  std::string column;
  std::optional<std::string> value;
};

struct InputFile {
  std::string path;   // to open it
  std::string shown;  // for messages and manifests: relative to the project folder where the definition was
  int64_t bytes = 0;
  int64_t modified_us = 0;                // microseconds since the epoch
  std::vector<HivePartition> partitions;  // outermost first
  bool is_by_link = false;                // a link below the source leads to it
};

struct InputFiles {
  std::vector<InputFile> files;  // at least one
  LeftOutFiles left_out;
  bool is_of_folder = false;       // the path is a folder of this machine
  std::optional<LakeTable> table;  // a table that the search met the log of
  std::string about;               // "version 3 of a Delta table"; empty: plain files
};

/// Lists at least one file of a disk; io/tables/input_files.h knows objects too. `path` is taken relative to `folder` unless it is
/// absolute. A path without files is an environment error whose help names the nearest folder that exists, and so is a folder that
/// cannot be read. Pipes and devices are refused: they could be read once only, and wait for ever.
Result<InputFiles> expand_location(const std::string& path, const std::string& folder, FileFormat format);

/// Whether a name fits one segment of a glob. `*` and `?` do not match a first `.` or `_`.
bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace headrace
