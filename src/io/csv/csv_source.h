#pragma once

/// Reads CSV files as a Source: a unit is a file. Fields are read as the declared types, strictly; an empty field is
/// null.

#include "io/files/file_source.h"
#include "plan/plan.h"

#include <memory>
#include <vector>

namespace headrace {

/// Reads the headers and, for keys of no declared type, the first rows. REQUIRES: the definition has a `batch`.
Result<std::unique_ptr<FileSource>> open_csv_source(const PlanSource& definition, std::vector<InputFile> files,
                                                    const SourceRequest& request, BadRows* bad_rows);

}  // namespace headrace
