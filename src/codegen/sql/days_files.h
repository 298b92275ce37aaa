#pragma once

/// Statements over some days only, below `days/`: they read no other days of the sources than windows reach back to, and take
/// the place of the days' rows in tables that are kept. Private to codegen/sql.
///
/// The rows are those that the whole statement has between the bounds. A table remembers the digest of the meaning that its
/// rows have, in `headrace_daily_tables`; a statement of another meaning fails before it writes.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"
#include "codegen/sql/sql_refusals.h"

#include <vector>

namespace headrace::sql {

/// days/features/NAME.sql, days/entities/ENTITY.sql and days/point_in_time/NAME.sql. Features that use too many others to
/// have whole files (`whole`, by feature of the plan) are in their entity's table only.
std::vector<GeneratedFile> days_files(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                      const Refusals& refused, const std::vector<bool>& whole);

}  // namespace headrace::sql
