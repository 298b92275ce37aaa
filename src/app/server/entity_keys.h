#pragma once

/// Entities as requests name them.

#include "plan/plan.h"
#include "serving/api/live_values.h"

#include <vector>

namespace headrace {

/// The values of an entity's keys in their order, of the key columns that a request gives by name.
Result<std::vector<Value>> keys_of(const PlanEntity& entity, const EntityKey& given);

}  // namespace headrace
