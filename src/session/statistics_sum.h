#pragma once

/// Adds up what happened in several runs of an engine.

#include "engine/batch/batch.h"

namespace headrace {

/// Counts add; the peak of memory is the larger one.
void add_statistics(BatchStatistics& sum, const BatchStatistics& each);

}  // namespace headrace
