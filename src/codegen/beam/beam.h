#pragma once

/// Apache Beam pipelines (Python SDK): one module a project, one transform a feature.

#include "codegen/generated_project.h"

#include <string_view>

namespace headrace {

/// pipeline.py, its runtime module, tests, requirements, a Dataflow Flex Template and a README.
GeneratedProject generate_beam(const GeneratorInput& input);

/// The Python program that runs tests of features through a generated project: one request a line, one answer a line.
std::string_view beam_case_worker();

}  // namespace headrace
