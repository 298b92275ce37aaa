#pragma once

/// Apache Airflow: a DAG that has the features of each day computed, by the program itself or by what is generated for
/// Beam or a warehouse.

#include "codegen/generated_project.h"
#include "codegen/steps/started_engine.h"

namespace headrace {

/// dags/ with the DAG, its steps and the code that it starts, tests, requirements and a README. The program refuses no
/// feature; Beam and SQL refuse theirs.
GeneratedProject generate_airflow(const GeneratorInput& input, const StartedEngine& engine = {});

}  // namespace headrace
