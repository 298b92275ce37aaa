#pragma once

/// The texts beside definitions.py. Private to codegen/feast.

#include "codegen/feast/held_plan.h"

#include <string>
#include <vector>

namespace headrace {

/// REQUIRES: held.has_features().
std::string feast_readme(const HeldPlan& held);

/// feature_store.yaml, requirements.txt, ruff.toml: what follows from the stores alone.
std::vector<GeneratedFile> feast_files(const HeldPlan& held);

}  // namespace headrace
