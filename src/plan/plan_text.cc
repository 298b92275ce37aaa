#include "compute/windows/window_text.h"
#include "plan/plan.h"

#include <fmt/format.h>

namespace headrace {
namespace {

void write_series(const Plan& plan, size_t id, std::string& out) {
  const Series& series = plan.series[id];
  out += fmt::format("  series {}", id);
  for (const ExprPtr& formula : series.formulas) out += "  " + canonical_text(*formula);
  if (series.formulas.empty()) out += "  every event";
  if (series.filter) out += "  where " + canonical_text(*series.filter);
  out += "\n";
  for (size_t i = 0; i < plan.states.size(); ++i) {
    const StateNode& state = plan.states[i];
    if (state.series != id) continue;
    out += fmt::format("    state {}  {} over {}\n", i, to_string(state.kind), window_text(state.window));
    for (const PlanFeature& feature : plan.features) {
      if (feature.is_derived() || feature.state != i) continue;
      out += fmt::format("      {}: {} = {}  v{}  {}\n", feature.name, to_string(feature.type),
                         to_string(*feature.aggregation), feature.version, feature.digest.substr(0, 12));
    }
  }
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::string out;
  for (size_t s = 0; s < plan.sources.size(); ++s) {
    const PlanSource& source = plan.sources[s];
    out += fmt::format("source {} ({}), reads {} column{}\n", source.name, plan.entities[source.entity].name,
                       source.columns.size(), source.columns.size() == 1 ? "" : "s");
    for (size_t i = 0; i < plan.series.size(); ++i) {
      if (plan.series[i].source == s) write_series(plan, i, out);
    }
  }
  for (const PlanFeature& feature : plan.features) {
    if (!feature.is_derived()) continue;
    out += fmt::format("derived {}: {} = {}  v{}  {}\n", feature.name, to_string(feature.type),
                       canonical_text(*feature.formula), feature.version, feature.digest.substr(0, 12));
  }
  return out;
}

}  // namespace headrace
