#pragma once

/// The tables that statements read: their definitions, and how the sources' files get into them. Private to
/// codegen/sql.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"

#include <map>
#include <set>
#include <string>

namespace headrace::sql {

struct TableInput {
  const Plan& plan;
  SqlDialect dialect;
  const SqlNames& names;
  std::set<size_t> ordered_sources;  // whose tables must hold the order of arrival
  const std::map<std::string, SourceFiles>& files;
};

/// tables.sql: CREATE TABLE for each source and for the observations.
std::string table_definitions(const TableInput& input);

/// sources.sql: views over the files (DuckDB), LOAD DATA (BigQuery), COPY INTO (Snowflake).
std::string source_loads(const TableInput& input);

}  // namespace headrace::sql
