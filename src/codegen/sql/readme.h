#pragma once

/// The README of a generated SQL project. Private to codegen/sql.

#include "codegen/generated_project.h"
#include "codegen/sql/sql_names.h"

#include <string>
#include <vector>

namespace headrace::sql {

std::string readme(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                   const std::vector<Refusal>& refusals);

}  // namespace headrace::sql
