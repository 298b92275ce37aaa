#pragma once

/// How long statements become, and what is written where a feature uses so many others that its own would repeat them all.
/// Private to codegen/sql.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"

#include <optional>
#include <vector>

namespace headrace::sql {

/// The bytes of a statement that a dialect takes.
size_t statement_bytes_max(SqlDialect dialect);

/// Of a feature whose statement is too long even where it reads the values of all that it uses from tables: G010.
std::optional<Refusal> refusal_of_length(const Plan& plan, SqlDialect dialect, const SqlNames& names, size_t feature);

/// By feature of the plan: whether its own files compute all that it uses. The others read a table that has the values
/// of all features, so that all files together grow with the number of features, whatever uses what.
std::vector<bool> features_with_whole_files(const Plan& plan, const std::vector<size_t>& outputs);

}  // namespace headrace::sql
