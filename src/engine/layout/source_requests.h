#pragma once

/// Which columns a run reads, so that the caller can open the sources before it starts.

#include "engine/source.h"
#include "plan/plan.h"

#include <vector>

namespace headrace {

/// What the engine needs to read for these features of the entity.
std::vector<SourceRequest> source_requests(const Plan& plan, size_t entity, const std::vector<size_t>& features);

}  // namespace headrace
