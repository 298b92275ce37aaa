#include "engine/layout/layout.h"

#include "base/check.h"
#include "compute/windows/kernel.h"
#include "engine/layout/source_requests.h"

#include <algorithm>
#include <map>

namespace headrace {
namespace {

ExprPtr column_expr(const Plan& plan, size_t source, const std::string& column) {
  for (const ColumnDefinition& known : plan.sources[source].columns) {
    if (known.name != column) continue;
    return Expr::make_reference({known.type}, {Reference::Kind::kColumn, plan.sources[source].name, column});
  }
  CHECK(false);
  return nullptr;
}

class LayoutBuilder {
 public:
  LayoutBuilder(const Plan& plan, size_t entity, const std::vector<size_t>& features) : plan_(plan) {
    layout_.plan = &plan;
    layout_.entity = entity;
    layout_.outputs = features;
    layout_.series_of_plan.assign(plan.series.size(), Layout::kNone);
    layout_.states.resize(plan.states.size());
    layout_.features.resize(plan.features.size());
  }

  Layout build() {
    mark_features();
    for (size_t f = 0; f < plan_.features.size(); ++f) {
      if (layout_.features[f].is_needed) add_feature(f);
    }

    for (size_t s = 0; s < plan_.states.size(); ++s) mark_rings(s);
    mark_sources();
    for (size_t s = 0; s < layout_.sources.size(); ++s) finish_source(s);
    return std::move(layout_);
  }

 private:
  /// From the last feature to the first, since a feature uses earlier ones only.
  void mark_features() {
    for (size_t output = 0; output < layout_.outputs.size(); ++output) {
      FeatureLayout& feature = layout_.features[layout_.outputs[output]];
      feature.is_needed = true;
      feature.outputs.push_back(output);
    }

    for (size_t f = plan_.features.size(); f-- > 0;) {
      const FeatureLayout& user = layout_.features[f];
      if (!user.is_needed) continue;
      // What a derived feature gives to a series, its own inputs give too.
      const bool gives_to_series = !plan_.features[f].is_derived() || user.is_used_in_series;
      for (size_t used : plan_.features[f].uses) {
        layout_.features[used].is_needed = true;
        layout_.features[used].is_used_in_series |= gives_to_series;
      }
    }
  }

  /// A state is computed once, before the first feature that reads it.
  void add_feature(size_t f) {
    const PlanFeature& feature = plan_.features[f];
    if (feature.is_derived()) return add_derived(f);

    StateLayout& state = layout_.states[feature.state];
    const bool is_first = state.features.empty();
    state.features.push_back(f);
    state.is_used_in_series |= layout_.features[f].is_used_in_series;
    if (!is_first) return;
    add_series(plan_.states[feature.state].series);
    layout_.work.push_back({WorkItem::Kind::kState, feature.state});
  }

  size_t add_source(size_t plan_source) {
    for (size_t i = 0; i < layout_.sources.size(); ++i) {
      if (layout_.sources[i].plan_source == plan_source) return i;
    }
    SourceLayout source;
    source.plan_source = plan_source;
    layout_.sources.push_back(std::move(source));
    columns_.emplace_back();
    column_index_.emplace_back();
    return layout_.sources.size() - 1;
  }

  size_t add_column(size_t source, const ExprPtr& expr) {
    const auto [at, is_new] = column_index_[source].emplace(canonical_text(*expr), columns_[source].size());
    if (is_new) columns_[source].push_back(expr);
    return at->second;
  }

  void add_series(size_t plan_series) {
    if (layout_.series_of_plan[plan_series] != Layout::kNone) return;

    const Series& series = plan_.series[plan_series];
    SeriesLayout added;
    added.plan_series = plan_series;
    added.source = add_source(series.source);
    added.has_filter = series.filter != nullptr;
    if (series.features.empty()) {
      if (series.filter) added.filter_column = static_cast<int>(add_column(added.source, series.filter));
      for (const ExprPtr& formula : series.formulas) added.value_columns.push_back(add_column(added.source, formula));
    } else {
      add_dependent(series, added);
    }

    layout_.series_of_plan[plan_series] = layout_.series.size();
    layout_.work.push_back({WorkItem::Kind::kSeries, layout_.series.size()});
    layout_.series.push_back(std::move(added));
  }

  void add_dependent(const Series& series, SeriesLayout& added) {
    std::vector<ExprPtr> expressions = series.formulas;
    if (series.filter) expressions.push_back(series.filter);

    std::vector<Reference> inputs;
    for (size_t used : series.features) {
      added.feature_inputs.push_back(used);
      inputs.push_back({Reference::Kind::kFeature, "", plan_.features[used].name});
    }
    for (const ExprPtr& expr : expressions) {
      for (const Reference& reference : references_of(*expr)) {
        if (reference.kind != Reference::Kind::kColumn) continue;
        if (std::find(inputs.begin(), inputs.end(), reference) != inputs.end()) continue;
        inputs.push_back(reference);
        added.column_inputs.push_back(add_column(added.source, column_expr(plan_, series.source, reference.name)));
      }
    }
    added.program = Program::compile(expressions, std::move(inputs));
  }

  void add_derived(size_t f) {
    const PlanFeature& feature = plan_.features[f];
    add_source(feature.source);
    std::vector<Reference> inputs;
    for (size_t used : feature.uses) inputs.push_back({Reference::Kind::kFeature, "", plan_.features[used].name});
    if (!feature.type.is_list) layout_.features[f].program = Program::compile({feature.formula}, std::move(inputs));
    layout_.work.push_back({WorkItem::Kind::kDerived, f});
  }

  void mark_rings(size_t state) {
    const StateNode& node = plan_.states[state];
    const size_t at = layout_.series_of_plan[node.series];
    if (at == Layout::kNone || layout_.states[state].features.empty() || !needs_ring(node.window)) return;
    if (needs_null_events(node.window)) {
      layout_.series[at].has_full_ring = true;
    } else {
      layout_.series[at].has_ring = true;
    }
  }

  void mark_sources() {
    for (SourceLayout& source : layout_.sources) {
      source.is_driving = std::any_of(layout_.outputs.begin(), layout_.outputs.end(),
                                      [&](size_t f) { return plan_.features[f].source == source.plan_source; });
    }
    for (const SeriesLayout& series : layout_.series) {
      if (series.program) layout_.sources[series.source].has_dependent_series = true;
    }
  }

  void finish_source(size_t s) {
    SourceLayout& layout = layout_.sources[s];
    const PlanSource& source = plan_.sources[layout.plan_source];
    const PlanEntity& entity = plan_.entities[source.entity];

    SourceRequest& request = layout.request;
    request.source = source.name;
    request.columns = entity.keys;
    request.types = entity.key_types;
    request.key_count = entity.keys.size();
    request.columns.push_back(source.event_time);
    request.types.push_back(ScalarType::kTimestamp);
    if (source.arrival) {
      request.has_arrival = true;
      request.columns.push_back(*source.arrival);
      request.types.push_back(ScalarType::kInt64);
    }
    if (source.identity) add_identity(*source.identity, request);
    layout.first_value_column = request.columns.size();

    // Each column that a formula or filter reads is read once.
    std::vector<Reference> inputs;
    for (const ExprPtr& expr : columns_[s]) {
      layout.column_types.push_back(expr->type.scalar);
      for (const Reference& reference : references_of(*expr)) {
        if (std::find(inputs.begin(), inputs.end(), reference) == inputs.end()) inputs.push_back(reference);
      }
    }
    for (const Reference& input : inputs) {
      request.columns.push_back(input.name);
      request.types.push_back(column_expr(plan_, layout.plan_source, input.name)->type.scalar);
    }
    layout.program = Program::compile(columns_[s], std::move(inputs));
  }

  static void add_identity(const EventIdentity& identity, SourceRequest& request) {
    request.has_id = true;
    request.columns.push_back(identity.id);
    request.types.push_back(identity.id_type);
    if (!identity.deleted) return;
    request.has_deleted = true;
    request.columns.push_back(*identity.deleted);
    request.types.push_back(ScalarType::kBool);
  }

  const Plan& plan_;
  Layout layout_;
  std::vector<std::vector<ExprPtr>> columns_;  // for each layout source
  std::vector<std::map<std::string, size_t>> column_index_;
};

}  // namespace

Layout make_layout(const Plan& plan, size_t entity, const std::vector<size_t>& features) {
  return LayoutBuilder(plan, entity, features).build();
}

std::vector<SourceRequest> source_requests(const Plan& plan, size_t entity, const std::vector<size_t>& features) {
  std::vector<SourceRequest> requests;
  for (const SourceLayout& source : make_layout(plan, entity, features).sources) requests.push_back(source.request);
  return requests;
}

}  // namespace headrace
