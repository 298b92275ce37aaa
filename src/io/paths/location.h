#pragma once

/// Finds the files that a `path` of a definition stands for.
///
/// A path is a file, a folder (searched to the bottom for files with the format's extensions), or a glob with `*`, `?`,
/// `[..]` and `**` (any number of folders). Names that start with `_` or `.` are passed over, as in other tools, unless
/// the pattern itself spells that first character. Folders named `column=value` (hive partitions) give every file below
/// them a value for that column.
///
/// Files come in byte order of their paths, which is the order of arrival (language, section 1).

#include "base/result.h"
#include "language/definitions/source_parts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Reads `parquet`, `csv`, `ndjson` (also `json`, `jsonl`); an error with the list and a "did you mean" for other
/// words.
Result<FileFormat> file_format_from_string(std::string_view word);

/// By extension (.parquet .pq .csv .tsv .ndjson .jsonl .json, the text ones also with .gz or .zst).
std::optional<FileFormat> file_format_of_path(std::string_view path);

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
};

/// Lists at least one file of a disk; io/input_files.h knows objects too. `path` is taken relative to `folder` unless it
/// is absolute. A path without files is an environment error whose help names the nearest folder that exists.
Result<std::vector<InputFile>> expand_location(const std::string& path, const std::string& folder, FileFormat format);

/// Whether a name fits one segment of a glob. `*` and `?` do not match a first `.` or `_`.
bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace headrace
