#pragma once

/// The JSON Schema of a plan's canonical form, for generators and programs that read it.

#include "plan/plan.h"

namespace headrace {

/// Of to_json(const Plan&), plan/plan.h.
std::string plan_json_schema();

}  // namespace headrace
