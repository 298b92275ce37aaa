#pragma once

/// Kubeflow Pipelines: a pipeline that computes the features of a day with the program itself, in containers.

#include "codegen/generated_project.h"

namespace headrace {

/// pipeline.py, its steps, the image's Dockerfile, tests, requirements and a README. No feature is refused: the engine
/// computes them.
GeneratedProject generate_kubeflow(const GeneratorInput& input);

}  // namespace headrace
