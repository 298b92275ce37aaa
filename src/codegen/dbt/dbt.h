#pragma once

/// dbt projects: the features as models in a warehouse, for those who live in one.

#include "codegen/generated_project.h"
#include "codegen/sql/sql.h"

namespace headrace {

/// A model for each entity, the sources with their freshness, data tests from the quality checks, and a README. The
/// statements are those of generate_sql(), and what a dialect cannot say is refused alike.
GeneratedProject generate_dbt(const GeneratorInput& input, SqlDialect dialect);

}  // namespace headrace
