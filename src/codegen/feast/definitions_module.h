#pragma once

/// definitions.py: what `feast apply` puts into Feast's registry. Private to codegen/feast.

#include "codegen/feast/held_plan.h"

#include <string>

namespace headrace {

/// REQUIRES: held.has_features().
std::string definitions_module(const HeldPlan& held);

}  // namespace headrace
