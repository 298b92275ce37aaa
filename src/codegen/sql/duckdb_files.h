#pragma once

/// Views over the sources' files for DuckDB: the files that the engine reads and no others, and values as strict as
/// there. Private to codegen/sql.

#include "codegen/sql/table_files.h"

#include <string>
#include <string_view>

namespace headrace::sql {

/// What the views call.
std::string_view duckdb_macros();

/// CREATE VIEW of one source. REQUIRES: the source has a location.
std::string duckdb_view(const TableInput& input, size_t source);

}  // namespace headrace::sql
