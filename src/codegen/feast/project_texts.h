#pragma once

/// The texts beside definitions.py. Private to codegen/feast.

#include "codegen/feast/held_plan.h"

#include <string>

namespace headrace {

/// REQUIRES: held.has_features().
std::string feast_readme(const HeldPlan& held);
std::string feature_store_yaml(const HeldPlan& held);

}  // namespace headrace
