#pragma once

/// How the rows of a warehouse's table lie, and the types of its columns. Private to codegen/sql; codegen/dbt configures
/// models by the same columns.

#include "codegen/sql/sql_names.h"
#include "plan/plan.h"

#include <string>
#include <vector>

namespace headrace::sql {

/// A partition for each day of the time column, rows of one key beside each other: clauses of CREATE TABLE, each behind
/// a newline. Empty for DuckDB, which has neither.
std::string table_layout(SqlDialect dialect, const SqlNames& names, const PlanEntity& entity, const std::string& time);

/// What rows of a day are ordered by, as the dialect takes it.
std::vector<std::string> cluster_columns(SqlDialect dialect, const SqlNames& names, const PlanEntity& entity,
                                         const std::string& time);

/// The type of a key's column; text where no source tells it.
ScalarType key_type(const PlanEntity& entity, size_t i);

/// The type of a column with a feature's values.
std::string stored_type(SqlDialect dialect, const Type& type);

}  // namespace headrace::sql
