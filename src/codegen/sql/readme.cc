#include "codegen/sql/readme.h"

#include "codegen/filled_template.h"
#include "codegen/sql/sql_templates.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

namespace headrace::sql {
namespace {

std::string refused_table(SqlDialect dialect, const std::vector<Refusal>& refusals) {
  if (refusals.empty()) return "Nothing: all features are here.\n";
  std::string out = "| feature | code | why |\n|---|---|---|\n";
  for (const Refusal& refusal : refusals)
    out += fmt::format("| {} | {} | {} |\n", refusal.feature, refusal.code, markdown_cell(refusal.message));
  if (dialect != SqlDialect::kDuckDb)
    out += "\nThe offline tables have these features too: their values are loaded, not computed here.\n";
  return out;
}

}  // namespace

std::string readme(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                   const std::vector<Refusal>& refusals) {
  return filled_template(text_of(sql_templates(), fmt::format("{}/README.md.in", to_string(dialect))),
                         {{"project", input.plan.project.empty() ? "A project" : markdown_text(input.plan.project)},
                          {"observations", names.observations_table()},
                          {"refused", refused_table(dialect, refusals)}});
}

}  // namespace headrace::sql
