#pragma once

/// How long statements become, and what is written where a feature uses so many others that its own would repeat them all.
/// Private to codegen/sql.

#include "codegen/generated_project.h"
#include "codegen/sql/sql.h"

#include <vector>

namespace headrace::sql {

/// The bytes of a statement that a dialect takes. What is computed for one feature has fewer: a formula has at most 128 KiB.
size_t statement_bytes_max(SqlDialect dialect);

/// By feature of the plan: whether its own files compute all that it uses. The others read a table that has the values
/// of all features, so that all files together grow with the number of features, whatever uses what. The statement of a
/// whole file may still be too long for a dialect.
std::vector<bool> features_with_whole_files(const Plan& plan, const std::vector<size_t>& outputs);

}  // namespace headrace::sql
