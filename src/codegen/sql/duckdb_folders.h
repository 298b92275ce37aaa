#pragma once

/// Columns that no file of a source has: constants, and what folders `column=value` or the log of a Delta table say of
/// each file. Private to codegen/sql.

#include "codegen/sql/table_files.h"

#include <string>

namespace headrace::sql {

bool is_outside_files(const TableInput& input, const PlanSource& source, const std::string& column);

/// The text of such a column in each row: a literal, or what the macros say of the row's file.
/// REQUIRES: is_outside_files().
std::string outside_text(const TableInput& input, const PlanSource& source, const std::string& column);

/// The macros of all such columns of a source whose files differ.
std::string folder_macros(const TableInput& input, const PlanSource& source);

}  // namespace headrace::sql
