#pragma once

/// Quality checks as data tests of dbt. Private to codegen/dbt.

#include "codegen/generated_project.h"
#include "codegen/sql/sql.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace::dbt {

/// A check that no test of dbt stands for, and why.
struct UntoldCheck {
  std::string feature;  // or the source
  std::string check;
  std::string reason;
};

/// The data tests of a feature's column as YAML, a line each, indented by eight blanks; what has none goes to `untold`.
std::vector<std::string> data_tests(const Plan& plan, SqlDialect dialect, const PlanFeature& feature,
                                    std::vector<UntoldCheck>& untold);

/// The same of a source's column, or of the whole source where `column` is empty, indented as sources.yml has them.
std::vector<std::string> source_tests(const PlanSource& source, const std::string& column);

/// The checks of a source that have no test.
void add_untold_checks(const PlanSource& source, std::vector<UntoldCheck>& untold);

/// How old the newest event of a source may be.
struct SourceFreshness {
  std::optional<Duration> error, warn;  // the shortest that the source or a feature asks for
};

SourceFreshness freshness_of(const GeneratorInput& input, size_t source);

}  // namespace headrace::dbt
