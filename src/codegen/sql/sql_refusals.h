#pragma once

/// Which features a dialect cannot say exactly. For codegen/sql and codegen/dbt.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"

#include <map>

namespace headrace::sql {

/// Refusals of the plan's features, by index; users of a refused one too.
using Refusals = std::map<size_t, Refusal>;

Refusals find_refusals(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names);

}  // namespace headrace::sql
