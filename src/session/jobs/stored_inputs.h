#pragma once

/// What an offline store keeps of a table's inputs, so that a later run knows whether the table would come out the same.

#include "io/offline/manifest.h"
#include "session/running/opened_sources.h"

#include <string>
#include <vector>

namespace headrace {

/// The files as they are now, before their rows are read: whatever changes them later changes what is said of them.
Result<std::vector<ManifestInput>> inputs_of(const OpenedSources& opened);

/// The forms of text files that are not the common one, and constants.
std::string reading_of(const Plan& plan, const OpenedSources& opened);

/// What could not be read of the sources of a table.
std::vector<ManifestBadRows> bad_rows_of(const BadRows& bad_rows, const OpenedSources& opened);

}  // namespace headrace
