#pragma once

/// Reads NDJSON files (one JSON object a line) as a Source: a unit is a file.
///
/// A missing key and null are null. A value must have the JSON type of the declared one: a number, a string, a boolean;
/// a timestamp is RFC 3339 text, or an integer where the event time has a `unit`. A double may also be the text "NaN"
/// or "Infinity", which is null. Anything else, nested values too, cannot be read, and neither can a column that an
/// object has twice.

#include "io/files/file_source.h"
#include "plan/plan.h"

#include <memory>
#include <vector>

namespace headrace {

/// Looks into the first rows of the files for keys of no declared type.
Result<std::unique_ptr<FileSource>> open_ndjson_source(const PlanSource& definition, std::vector<InputFile> files,
                                                       const SourceRequest& request, BadRows* bad_rows);

}  // namespace headrace
