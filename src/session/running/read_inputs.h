#pragma once

/// What the rows of a run follow from on the side of its files: which they are, as they are now, and how they are read.

#include "io/files/file_source.h"
#include "io/offline/manifest.h"
#include "plan/plan.h"

#include <string>
#include <vector>

namespace headrace {

/// The files of a source as they are now. To be asked before their rows are read: whatever changes them later changes
/// what is said of them.
Result<std::vector<ManifestInput>> inputs_of(const FileSource& source);

/// The form of a source's text files and its constants, as one text; empty for the common form.
std::string reading_of(const PlanSource& source);

}  // namespace headrace
