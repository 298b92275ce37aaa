#include "codegen/sql/sql_refusals.h"

#include "codegen/refusal_codes.h"
#include "codegen/sql/duckdb_text.h"
#include "codegen/sql/feature_statement.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// The columns that the feature's statement names: the entity's keys, the source's time and arrival, what formulas
/// read.
std::vector<std::string> named_columns(const Plan& plan, const PlanFeature& feature) {
  std::vector<std::string> out = plan.entities[feature.entity].keys;
  const auto add_source = [&](const PlanSource& source) {
    out.push_back(source.event_time);
    if (source.arrival) out.push_back(*source.arrival);
  };
  add_source(plan.sources[feature.source]);
  if (feature.is_derived()) return out;

  const Series& series = plan.series[plan.states[feature.state].series];
  add_source(plan.sources[series.source]);
  std::vector<ExprPtr> formulas = series.formulas;
  if (series.filter) formulas.push_back(series.filter);
  for (const ExprPtr& formula : formulas) {
    for (const Reference& reference : references_of(*formula)) {
      if (reference.kind == Reference::Kind::kColumn) out.push_back(reference.name);
    }
  }
  return out;
}

std::optional<Refusal> unsayable_name(const Plan& plan, const PlanFeature& feature, SqlDialect dialect) {
  for (const std::string& name : named_columns(plan, feature)) {
    if (is_sayable(name)) continue;
    return Refusal{feature.name, "G009",
                   fmt::format("{} cannot name the column `{}` so that all of its name is seen", to_string(dialect),
                               visible_line(name)),
                   ""};
  }
  return std::nullopt;
}

}  // namespace

Refusals find_refusals(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names) {
  const Plan& plan = input.plan;
  const auto unread = [&](const PlanSource& source) {
    return dialect == SqlDialect::kDuckDb ? unread_by_duckdb(source, input.files) : words_of_own_form(source);
  };
  const FeatureStatement statement(plan, dialect, names, {});
  Refusals out;
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    if (std::optional<Refusal> refusal = unsayable_name(plan, feature, dialect)) {
      out[i] = *std::move(refusal);
      continue;
    }
    if (std::optional<Refusal> refusal = refusal_of_form(plan, feature, to_string(dialect), unread)) {
      out[i] = *std::move(refusal);
      continue;
    }

    if (const std::optional<Unsayable> reason = statement.unsayable(i)) {
      const std::string message = fmt::format("{} cannot say {}", to_string(dialect), reason->what);
      out[i] = {feature.name, reason->code, message, reason->help};
      continue;
    }
    const auto refused =
        std::find_if(feature.uses.begin(), feature.uses.end(), [&](size_t used) { return out.contains(used); });
    if (refused == feature.uses.end()) continue;
    out[i] = refusal_of_user(feature.name, out[*refused]);
  }
  return out;
}

}  // namespace headrace::sql
