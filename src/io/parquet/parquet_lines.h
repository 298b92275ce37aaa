#pragma once

/// The rows of a Parquet file as JSON objects, one a line, for files of a known and modest size.

#include "base/result.h"

#include <string>

namespace headrace {

/// Numbers keep their digits (reading them back gives the same bits), times have all digits of their unit, NaN is null.
/// A file that is no Parquet or is damaged is an Error of data.
Result<std::string> json_lines_of_parquet(const std::string& path);

}  // namespace headrace
