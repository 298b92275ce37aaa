#pragma once

/// Opens the batch location of a source, whatever the format.
///
///   BadRows and the source must outlive the reading:
///   auto bad_rows = BadRows::create(BadRowPolicy::kStop, "");
///   auto source = open_source(definition, project_folder, request, {bad_rows->get()});
///   (*source)->read(unit, consume);
///   (*bad_rows)->finish();
///   for (const std::string& note : (*source)->notes()) ...

#include "io/files/file_source.h"
#include "plan/plan.h"

#include <memory>
#include <string>

namespace headrace {

struct ReadOptions {
  BadRows* bad_rows = nullptr;  // required
};

/// Finds the files, reads what tells their columns (footers, headers) and checks it against the request.
Result<std::unique_ptr<FileSource>> open_source(const PlanSource& definition, const std::string& project_folder,
                                                const SourceRequest& request, const ReadOptions& options);

}  // namespace headrace
