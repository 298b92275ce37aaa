#pragma once

/// What a store keeps of the sources that a table was made of.

#include "io/files/bad_rows.h"
#include "io/offline/manifest.h"
#include "plan/plan.h"
#include "session/running/opened_sources.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// The files as they are now, before their rows are read: whatever changes them later changes what is said of them.
Result<std::vector<ManifestInput>> inputs_of(const OpenedSources& opened);

/// What could not be read of the sources of a table.
std::vector<ManifestBadRows> bad_rows_of(const BadRows& bad_rows, const OpenedSources& opened);

/// The files of these sources. To be called when they have been read.
std::vector<ManifestSource> sources_of(const OpenedSources& opened);

/// The forms of text files that are not the common one, and constants.
std::string reading_of(const Plan& plan, const OpenedSources& opened);

/// Says that a table has many small files of a day each, where a run has written so many of them.
std::optional<std::string> tiny_days_note(const ManifestEntity& stored, int64_t days_written);

}  // namespace headrace
