#pragma once

/// What a change of a source is to the features that read it.

#include "delivery/change/feature_change.h"
#include "language/definitions/repository.h"

namespace headrace {

/// In the order of now, then those that are gone; sources that are as they were are left out. Which features read them
/// is left to the caller. REQUIRES: both are free of errors.
std::vector<ChangedSource> source_changes(const Repository& before, const Repository& now);

}  // namespace headrace
