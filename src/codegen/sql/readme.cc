#include "codegen/sql/readme.h"

#include "codegen/filled_template.h"
#include "codegen/sql/feature_statement.h"
#include "codegen/sql/sql_templates.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <algorithm>

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

/// The features whose statements fail where events of one time differ.
std::string ordered_features(const GeneratorInput& input, SqlDialect dialect, const std::vector<Refusal>& refusals) {
  if (dialect != SqlDialect::kBigQuery) return {};
  std::string out;
  for (const size_t index : input.outputs) {
    const PlanFeature& feature = input.plan.features[index];
    const auto is_refused = [&](const Refusal& refusal) { return refusal.feature == feature.name; };
    if (std::any_of(refusals.begin(), refusals.end(), is_refused)) continue;
    if (!needs_ordered_source(input.plan, feature) || input.plan.sources[input.plan.series_of(feature).source].arrival)
      continue;
    out += fmt::format("{}`{}`", out.empty() ? "\nThese are: " : ", ", feature.name);
  }
  return out.empty() ? "\nHere no feature does.\n" : out + ", and what uses them.\n";
}

}  // namespace

std::string readme(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                   const std::vector<Refusal>& refusals) {
  return filled_template(text_of(sql_templates(), fmt::format("{}/README.md.in", to_string(dialect))),
                         {{"project", input.plan.project.empty() ? "A project" : markdown_text(input.plan.project)},
                          {"observations", names.observations_table()},
                          {"ordered", ordered_features(input, dialect, refusals)},
                          {"refused", refused_table(dialect, refusals)}});
}

}  // namespace headrace::sql
