#pragma once

/// What the name of a file says of its contents. Extensions count in any case: Windows writes FEB.CSV.

#include "base/result.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Reads `parquet`, `csv`, `ndjson` (also `json`, `jsonl`); an error with the list and a "did you mean" for other
/// words.
Result<FileFormat> file_format_from_string(std::string_view word);

/// By extension (.parquet .pq .parq .csv .tsv .ndjson .jsonl .json, the text ones also with .gz or .zst).
std::optional<FileFormat> file_format_of_path(std::string_view path);

/// How the bytes of a text file are packed, by the last extension.
enum class TextPacking { kNone, kGzip, kZstd };
TextPacking packing_of_path(std::string_view path);

/// Whether the fields of a CSV file are parted by tabs: .tsv, also packed.
bool is_tab_separated(std::string_view path);

}  // namespace headrace
