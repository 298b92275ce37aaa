#pragma once

/// Tables for what `headrace backfill` writes, and the program that loads them. Private to codegen/sql.
///
/// An offline table has the columns of the store's files: keys, event_time, features. Its values come from the native
/// engine, so it holds features too that the dialect's statements cannot say.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"

#include <vector>

namespace headrace::sql {

/// offline_tables.sql, offline_tables.json, load_offline.py and what it imports. Nothing for DuckDB, which reads the
/// store's files as they are.
std::vector<GeneratedFile> offline_files(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names);

}  // namespace headrace::sql
