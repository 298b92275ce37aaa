#pragma once

/// Kubeflow Pipelines: a pipeline in containers that has the features of a day computed, by the program itself or by what
/// is generated for Beam or a warehouse.

#include "codegen/generated_project.h"
#include "codegen/steps/started_engine.h"

namespace headrace {

/// pipeline.py, its steps and the code that it starts, the image's Dockerfile, tests, requirements and a README. The
/// program refuses no feature; Beam and SQL refuse theirs.
GeneratedProject generate_kubeflow(const GeneratorInput& input, const StartedEngine& engine = {});

}  // namespace headrace
