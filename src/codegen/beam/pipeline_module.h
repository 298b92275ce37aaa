#pragma once

/// pipeline.py: sources, one transform a feature, one transform an entity. Private to codegen/beam.

#include "codegen/beam/kept_plan.h"

#include <string>

namespace headrace {

/// The comment that begins each generated file: where it comes from and the digest of the plan.
std::string generated_header(const Plan& plan);

std::string pipeline_module(const KeptPlan& kept);

}  // namespace headrace
