#pragma once

/// What is wrong about a test before anything runs: rows that do not belong together, events of no source.

#include "casefiles/case_file.h"

#include <string>

namespace headrace {

/// "pump_id=p1", as messages name an entity.
std::string show_entity(const CaseFields& entity);

/// Each row of `expect` answers the row of `ask` in its place.
void check_rows(const CaseFile& value, const Repository& repository, Diagnostics& problems);

/// Events are of sources that there are, and of their columns.
void check_events(const CaseFile& value, const Repository& repository, Diagnostics& problems);

}  // namespace headrace
