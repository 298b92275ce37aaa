#pragma once

/// Says why a join of observations and events came to nothing.

#include "engine/batch/batch.h"
#include "plan/plan.h"
#include "session/running/opened_sources.h"

#include <optional>
#include <string>

namespace headrace {

/// With a key of each side as it is written; nothing where some observation found an event.
std::optional<std::string> unmatched_warning(const PlanEntity& entity, const Observations& observations,
                                             const DatasetResult& result, const OpenedSources& opened);

}  // namespace headrace
