#pragma once

/// The JSON Schema of a plan's canonical form, for generators and programs that read it.

#include <string_view>

namespace headrace {

/// Of to_json(const Plan&), plan/plan.h.
std::string_view plan_json_schema();

}  // namespace headrace
