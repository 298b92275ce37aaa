#pragma once

/// Apache Beam pipelines (Python SDK): one module a project, one transform a feature.

#include "codegen/generated_project.h"

namespace headrace {

/// pipeline.py, its runtime module, tests, requirements, a Dataflow Flex Template and a README.
GeneratedProject generate_beam(const GeneratorInput& input);

}  // namespace headrace
