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

/// The Python program that runs tests of features through the duckdb statements: one request a line, one answer a line.
std::string_view sql_case_worker();

}  // namespace headrace
