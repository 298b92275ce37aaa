#pragma once

/// SQL for warehouses: one statement a feature.

#include "codegen/generated_project.h"

#include <optional>
#include <string_view>

namespace headrace {

enum class SqlDialect { kBigQuery, kSnowflake, kDuckDb };

std::string_view to_string(SqlDialect dialect);  // "bigquery", "snowflake", "duckdb"
std::optional<SqlDialect> sql_dialect(std::string_view name);

GeneratedProject generate_sql(const GeneratorInput& input, SqlDialect dialect);

}  // namespace headrace
