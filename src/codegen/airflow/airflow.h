#pragma once

/// Apache Airflow: a DAG that computes the features of each day with the program itself.

#include "codegen/generated_project.h"

namespace headrace {

/// dags/ with the DAG and its steps, tests, requirements and a README. No feature is refused: the engine computes them.
GeneratedProject generate_airflow(const GeneratorInput& input);

}  // namespace headrace
