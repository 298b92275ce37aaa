#pragma once

/// The YAML files that tell dbt of sources and models. Private to codegen/dbt.

#include "codegen/dbt/data_tests.h"
#include "codegen/sql/entity_tables.h"

namespace headrace::dbt {

/// models/sources.yml: the tables that models read, with columns, types and freshness.
std::string sources_yaml(const GeneratorInput& input, SqlDialect dialect, const std::string& project,
                         const std::vector<size_t>& sources);

/// models/features.yml: models with the descriptions, owners, digests and tests of their columns.
std::string features_yaml(const GeneratorInput& input, SqlDialect dialect, const std::vector<sql::EntityTable>& tables,
                          std::vector<UntoldCheck>& untold);

}  // namespace headrace::dbt
