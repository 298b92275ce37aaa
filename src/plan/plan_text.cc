#include "compute/windows/window_text.h"
#include "plan/plan.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// Writes what stands under each source. Remembers who reads what, so that every line costs the same.
class PlanText {
 public:
  explicit PlanText(const Plan& plan)
      : plan_(plan), series_(plan.sources.size()), states_(plan.series.size()), features_(plan.states.size()) {
    for (size_t i = 0; i < plan.series.size(); ++i) series_[plan.series[i].source].push_back(i);
    for (size_t i = 0; i < plan.states.size(); ++i) states_[plan.states[i].series].push_back(i);
    for (size_t i = 0; i < plan.features.size(); ++i) {
      if (!plan.features[i].is_derived()) features_[plan.features[i].state].push_back(i);
    }
  }

  std::string write() {
    for (size_t i = 0; i < plan_.sources.size(); ++i) write_source(i);
    for (const PlanFeature& feature : plan_.features) {
      if (!feature.is_derived()) continue;
      out_ += fmt::format("{} {}: {} = {}  v{}  {}\n", feature.is_for_check ? "check" : "derived", feature.name,
                          to_string(feature.type), canonical_text(*feature.formula), feature.version,
                          feature.digest.substr(0, 12));
    }
    return std::move(out_);
  }

 private:
  void write_source(size_t id) {
    const PlanSource& source = plan_.sources[id];
    out_ += fmt::format("source {} ({}), reads {} column{}\n", source.name, plan_.entities[source.entity].name,
                        source.columns.size(), source.columns.size() == 1 ? "" : "s");
    for (const size_t series : series_[id]) write_series(series);
  }

  void write_series(size_t id) {
    const Series& series = plan_.series[id];
    out_ += fmt::format("  series {}", id);
    for (const ExprPtr& formula : series.formulas) out_ += "  " + canonical_text(*formula);
    if (series.formulas.empty()) out_ += "  every event";
    if (series.filter) out_ += "  where " + canonical_text(*series.filter);
    out_ += "\n";
    for (const size_t state : states_[id]) write_state(state);
  }

  void write_state(size_t id) {
    const StateNode& state = plan_.states[id];
    out_ += fmt::format("    state {}  {} over {}\n", id, to_string(state.kind), window_text(state.window));
    for (const size_t i : features_[id]) {
      const PlanFeature& feature = plan_.features[i];
      out_ += fmt::format("      {}: {} = {}  v{}  {}\n", feature.name, to_string(feature.type),
                          to_string(*feature.aggregation), feature.version, feature.digest.substr(0, 12));
    }
  }

  const Plan& plan_;
  std::vector<std::vector<size_t>> series_;    // by source
  std::vector<std::vector<size_t>> states_;    // by series
  std::vector<std::vector<size_t>> features_;  // by state
  std::string out_;
};

}  // namespace

std::string to_text(const Plan& plan) { return PlanText(plan).write(); }

}  // namespace headrace
