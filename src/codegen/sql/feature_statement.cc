#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::sql {

FeatureStatement::FeatureStatement(const Plan& plan, SqlDialect dialect, const SqlNames& names,
                                   const std::vector<size_t>& features)
    : plan_(plan), dialect_(dialect), names_(names) {
  std::vector<size_t> open = features;
  std::set<size_t> seen;
  while (!open.empty()) {
    const size_t index = open.back();
    open.pop_back();
    if (!seen.insert(index).second) continue;
    const PlanFeature& feature = plan.features[index];
    open.insert(open.end(), feature.uses.begin(), feature.uses.end());
    if (feature.is_derived()) continue;
    const Series& series = series_of(feature);
    if (needs_ordered_source(plan, feature)) ordered_sources_.insert(series.source);
    for (const ExprPtr& formula : series.formulas)
      for (const Reference& reference : references_of(*formula)) columns_.insert(reference);
    if (!series.filter) continue;
    for (const Reference& reference : references_of(*series.filter)) columns_.insert(reference);
  }
}

bool needs_arrival(const Plan& plan, const PlanFeature& feature) {
  if (feature.is_derived()) return false;
  const StateNode& state = plan.states[feature.state];
  if (!depends_on_arrival(aggregation_of(feature)) && state.window.kind != WindowSpec::Kind::kLast) return false;
  // Events of one time that differ only in the filter or in columns that nothing reads have the same value.
  const std::vector<ExprPtr>& formulas = plan.series[state.series].formulas;
  return std::any_of(formulas.begin(), formulas.end(), [](const ExprPtr& formula) {
    const std::vector<Reference> references = references_of(*formula);
    return std::any_of(references.begin(), references.end(),
                       [](const Reference& reference) { return reference.kind == Reference::Kind::kColumn; });
  });
}

bool needs_ordered_source(const Plan& plan, const PlanFeature& feature) {
  if (feature.is_derived()) return false;
  return needs_arrival(plan, feature) || plan.sources[plan.series[plan.states[feature.state].series].source].identity;
}

std::vector<std::string> FeatureStatement::keys(size_t entity, std::string_view table) const {
  std::vector<std::string> out;
  for (const std::string& key : plan_.entities[entity].keys)
    out.push_back(table.empty() ? names_.column(key) : fmt::format("{}.{}", table, names_.column(key)));
  return out;
}

std::vector<std::string> FeatureStatement::same_keys(size_t entity, std::string_view a, std::string_view b) const {
  std::vector<std::string> out;
  for (const std::string& key : plan_.entities[entity].keys)
    out.push_back(fmt::format("{0}.{2} = {1}.{2}", a, b, names_.column(key)));
  return out;
}

std::string FeatureStatement::unique_table(const std::string& base) {
  std::string name = names_.table(base);
  for (int i = 2; !tables_.insert(name).second; ++i) name = names_.table(fmt::format("{}_{}", base, i));
  return name;
}

std::vector<std::string> FeatureStatement::order_columns(const PlanFeature& feature) const {
  return needs_arrival(plan_, feature) ? arrival_columns(series_of(feature).source) : std::vector<std::string>{};
}

std::string FeatureStatement::column_of(const Reference& reference) const {
  if (reference.kind == Reference::Kind::kFeature) return names_.feature_column(reference.name);
  const auto source = std::find_if(plan_.sources.begin(), plan_.sources.end(),
                                   [&](const PlanSource& candidate) { return candidate.name == reference.source; });
  // A key keeps the form in which it is joined; its value as a column of a formula stands beside it.
  const std::vector<std::string>& entity_keys = plan_.entities[source->entity].keys;
  const bool is_key = std::find(entity_keys.begin(), entity_keys.end(), reference.name) != entity_keys.end();
  return is_key ? names_.own("value_of_" + reference.name) : names_.column(reference.name);
}

std::vector<size_t> FeatureStatement::sources() const {
  std::vector<size_t> out;
  for (const auto& [source, table] : events_) out.push_back(source);
  return out;
}

std::string FeatureStatement::add_bindings(const Bindings& bindings, std::string table, const std::string& name) {
  for (const auto& level : bindings.levels()) {
    if (level.empty()) continue;
    Select select;
    select.columns = {"*"};
    for (const NamedSql& column : level) select.columns.push_back(to_text(column));
    select.from = table;
    table = unique_table(name + "_steps");
    with_.add(table, select);
  }
  return table;
}

std::string FeatureStatement::add_values(size_t index, const Instants& instants) {
  const auto found = values_.find({index, instants.table});
  if (found != values_.end()) return found->second;
  const PlanFeature& feature = plan_.features[index];
  const std::string name = feature.name + instants.suffix;
  const std::string table = unique_table(name);
  if (const KnownValues* known = find_known(index, instants)) {
    add_known(feature, table, *known);
  } else if (feature.is_derived()) {
    add_derived(feature, name, table, instants);
  } else {
    add_aggregated(feature, name, table, instants);
  }
  values_[{index, instants.table}] = table;
  return table;
}

const KnownValues* FeatureStatement::find_known(size_t feature, const Instants& instants) const {
  const auto found = known_.find(feature);
  if (found == known_.end()) return nullptr;
  for (const KnownValues& each : found->second) {
    const bool is_of_events = !each.sources.empty() && !instants.sources.empty();
    const bool has_all = is_of_events ? std::includes(each.sources.begin(), each.sources.end(),
                                                      instants.sources.begin(), instants.sources.end())
                                      : each.sources.empty() && instants.sources.empty();
    if (has_all) return &each;
  }
  return nullptr;
}

void FeatureStatement::add_known(const PlanFeature& feature, const std::string& values, const KnownValues& known) {
  const std::string column = identifier(dialect_, feature.name);
  const bool is_instant = feature.type.scalar == ScalarType::kTimestamp && !feature.type.is_list;
  Select select;
  select.columns = keys(feature.entity);
  select.columns.push_back(fmt::format("{} AS {}", to_micros(dialect_, "event_time"), own("event_us")));
  select.columns.push_back(fmt::format("{} AS {}", is_instant ? to_micros(dialect_, column) : column, own("value")));
  select.from = known.table;
  with_.add(values, select);
}

void FeatureStatement::add_derived(const PlanFeature& feature, const std::string& name, const std::string& values,
                                   const Instants& instants) {
  Select inputs;
  inputs.columns = {instants.table + ".*"};
  inputs.from = instants.table;
  for (const size_t used : feature.uses) {
    const std::string table = add_values(used, instants);
    Join join{table, same_keys(instants.entity, table, instants.table)};
    join.conditions.push_back(fmt::format("{0}.{2} = {1}.{2}", table, instants.table, own("event_us")));
    inputs.joins.push_back(join);
    inputs.columns.push_back(
        fmt::format("{}.{} AS {}", table, own("value"), names_.feature_column(plan_.features[used].name)));
  }
  std::string table = instants.table;
  if (!feature.uses.empty()) {
    table = unique_table(name + "_inputs");
    with_.add(table, inputs);
  }
  Bindings bindings([this](std::string_view base) { return own(base); });
  FormulaSql formula(
      dialect_, bindings, [this](const Reference& reference) { return column_of(reference); }, own("event_us"));
  const Sql value = formula.print_value(*feature.formula);
  table = add_bindings(bindings, table, name);
  add_result(feature, name, values, table, value.text, false);
}

std::string FeatureStatement::add_inputs(const PlanFeature& feature, const std::string& name, const Instants& outer) {
  const Series& series = series_of(feature);
  std::string events = add_events(series.source);
  if (series.features.empty()) return events;
  const size_t entity = plan_.sources[series.source].entity;
  const Instants instants{
      add_instants_of(series.source), entity, "_at_" + plan_.sources[series.source].name, {series.source}};
  Select select;
  select.columns = {events + ".*"};
  select.from = events;
  for (const size_t used : series.features) {
    const std::string table = add_values(used, instants.table == outer.table ? outer : instants);
    Join join{table, same_keys(entity, table, events)};
    join.conditions.push_back(fmt::format("{}.{} = {}.{}", table, own("event_us"), events, own("seen_us")));
    select.joins.push_back(join);
    select.columns.push_back(
        fmt::format("{}.{} AS {}", table, own("value"), names_.feature_column(plan_.features[used].name)));
  }
  const std::string table = unique_table(name + "_inputs");
  with_.add(table, select);
  return table;
}

std::string FeatureStatement::add_series(const PlanFeature& feature, const std::string& name, const Instants& outer) {
  const Series& series = series_of(feature);
  const std::string inputs = add_inputs(feature, name, outer);
  Bindings bindings([this](std::string_view base) { return own(base); });
  FormulaSql formula(
      dialect_, bindings, [this](const Reference& reference) { return column_of(reference); }, own("seen_us"));
  Select select;
  select.columns = keys(outer.entity);
  select.columns.push_back(own("seen_us"));
  for (const std::string& column : order_columns(feature)) select.columns.push_back(column);
  if (series.formulas.size() == 2) {
    // A pair with a null is no pair.
    const std::string x = formula.print_name(*series.formulas[0]).text;
    const std::string y = formula.print_name(*series.formulas[1]).text;
    select.columns.push_back(fmt::format("CASE WHEN {} IS NOT NULL THEN {} END AS {}", y, x, own("value")));
    select.columns.push_back(fmt::format("CASE WHEN {} IS NOT NULL THEN {} END AS {}", x, y, own("value_2")));
  } else if (series.formulas.size() == 1) {
    select.columns.push_back(aliased(formula.print_value(*series.formulas[0]).text, own("value")));
  }
  if (series.filter) select.where = formula.print_value(*series.filter).text;
  select.from = add_bindings(bindings, inputs, name);
  const std::string table = unique_table(name + "_series");
  with_.add(table, select);
  const bool is_settled = !needs_arrival(plan_, feature) || !lacks_order(series.source);
  return is_settled ? table : add_settled(feature, name, table);
}

void FeatureStatement::add_result(const PlanFeature& feature, const std::string& name, const std::string& values,
                                  const std::string& table, std::string value, bool may_be_infinite) {
  Select select;
  select.columns = keys(feature.entity);
  select.columns.push_back(own("event_us"));
  select.from = table;
  if (may_be_infinite) {
    Select raw = select;
    raw.columns.push_back(fmt::format("{} AS {}", value, own("result")));
    select.from = unique_table(name + "_result");
    with_.add(select.from, raw);
    value = finite(dialect_, own("result"));
  }
  if (!feature.default_value.is_null())
    value = fmt::format("COALESCE({}, {})", value, literal(dialect_, feature.default_value, feature.type.scalar));
  select.columns.push_back(aliased(value, own("value")));
  with_.add(values, select);
}

std::optional<Unsayable> FeatureStatement::unsayable(size_t index) const {
  const PlanFeature& feature = plan_.features[index];
  if (!feature.is_derived() && is_approximate(aggregation_of(feature))) {
    const bool is_percentile = aggregation_of(feature) == Aggregation::kApproxPercentile;
    return Unsayable{"G001", fmt::format("`{}`: its sketch is not the language's", to_string(aggregation_of(feature))),
                     is_percentile ? "use `percentile`, which is exact" : "use `count_distinct`, which is exact"};
  }

  // Formulas are printed for what they cannot say; the text is thrown away.
  Bindings bindings([this](std::string_view base) { return own(base); });
  FormulaSql formula(
      dialect_, bindings, [this](const Reference& reference) { return column_of(reference); }, own("event_us"));
  if (feature.is_derived()) {
    formula.print_value(*feature.formula);
    return formula.unsayable();
  }
  for (const ExprPtr& part : series_of(feature).formulas) formula.print_value(*part);
  if (series_of(feature).filter) formula.print_value(*series_of(feature).filter);
  return formula.unsayable();
}

}  // namespace headrace::sql
