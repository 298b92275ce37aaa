#pragma once

/// The comments that a statement begins with. Private to codegen/sql.

#include "codegen/sql/feature_statement.h"
#include "codegen/sql/instant_bounds.h"
#include "plan/plan.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::sql {

/// The feature, what the statement is about, and the meaning that it follows.
std::string statement_head(const PlanFeature& feature, SqlDialect dialect, std::string_view what);

/// How the bounds are given, and what is read of each source: from when on and why, and how many bytes of a row.
std::string reading_lines(const Plan& plan, const InstantBounds& bounds, const std::vector<Reach>& reaches,
                          const std::vector<size_t>& features, const std::map<size_t, SourceRead>& reads);

/// "16 bytes a row, and the text of pump_id with 2 bytes more".
std::string width_text(const SourceRead& read);

}  // namespace headrace::sql
