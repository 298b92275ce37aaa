#include "plan/make_plan.h"

#include "base/check.h"
#include "plan/check_nodes.h"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace headrace {
namespace {

StateKind state_kind(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kCount: return StateKind::kCount;
    case Aggregation::kSum:
    case Aggregation::kMean: return StateKind::kSum;
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop: return StateKind::kMoments;
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis: return StateKind::kPowerMoments;
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation: return StateKind::kPairMoments;

    // What needs the values themselves, or which of them came when.
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange: return StateKind::kExtremes;
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kDelta:
    case Aggregation::kRate: return StateKind::kPosition;
    case Aggregation::kMedian:
    case Aggregation::kPercentile: return StateKind::kOrdered;
    case Aggregation::kCountDistinct:
    case Aggregation::kMode:
    case Aggregation::kTopK: return StateKind::kDistinct;
    case Aggregation::kAny:
    case Aggregation::kAll: return StateKind::kBoolCounts;

    case Aggregation::kEwma: return StateKind::kEwma;
    case Aggregation::kTimeWeightedMean: return StateKind::kTimeWeighted;
    case Aggregation::kHistogram: return StateKind::kHistogram;
    case Aggregation::kApproxCountDistinct: return StateKind::kHyperLogLog;
    case Aggregation::kApproxPercentile: return StateKind::kLogBuckets;
  }
  return StateKind::kCount;
}

/// The parameters that change the state, not only what is read from it.
AggregationParams state_params(StateKind kind, const AggregationParams& params) {
  AggregationParams own;
  if (kind == StateKind::kEwma) own.half_life = params.half_life;
  if (kind == StateKind::kHistogram) own.edges = params.edges;
  return own;
}

/// Calls with the name of each feature that the formulas or the filter use; a name may come twice.
template <typename Visit>
void for_each_used(const FeatureDefinition& feature, const Visit& visit) {
  const auto visit_references = [&](const ExprPtr& expr) {
    if (!expr) return;
    for (const Reference& reference : references_of(*expr)) {
      if (reference.kind == Reference::Kind::kFeature) visit(reference.name);
    }
  };
  for (const ExprPtr& formula : feature.formulas) visit_references(formula);
  visit_references(feature.filter);
}

class PlanBuilder {
 public:
  explicit PlanBuilder(const Repository& repository) : repository_(repository), meanings_(repository) {
    plan_.project = repository.project_name;
    for (const SourceDefinition& source : repository.sources) sources_of_[source.entity].push_back(&source);
  }

  void add_feature(const FeatureDefinition& definition, bool is_for_check);
  void add_check_nodes(const FeatureDefinition& checked);
  size_t add_entity(const std::string& name);
  size_t add_source(const std::string& name);
  Plan finish(bool is_whole);

 private:
  ScalarType key_type(const std::string& entity, const std::string& key) const;
  size_t add_series(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses);
  size_t add_state(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses);
  std::optional<size_t> richer_state(const StateNode& node) const;
  void share_sums();
  void split_columns();

  const Repository& repository_;
  Meanings meanings_;
  Plan plan_;
  std::map<std::string, std::vector<const SourceDefinition*>> sources_of_;  // by entity
  std::map<std::string, size_t> entity_index_;
  std::map<std::string, size_t> source_index_;
  std::map<std::string, size_t> feature_index_;
  std::map<std::string, size_t> series_index_;                               // by canonical text
  std::map<std::pair<size_t, StateKind>, std::vector<size_t>> state_index_;  // by series and kind
};

ScalarType PlanBuilder::key_type(const std::string& entity, const std::string& key) const {
  ScalarType type = ScalarType::kNull;
  const auto sources = sources_of_.find(entity);
  if (sources == sources_of_.end()) return type;
  for (const SourceDefinition* source : sources->second) {
    for (const ColumnDefinition& column : source->columns) {
      if (column.name == key) type = column.type;
    }
  }
  return type;
}

size_t PlanBuilder::add_entity(const std::string& name) {
  const auto [at, is_new] = entity_index_.emplace(name, plan_.entities.size());
  if (!is_new) return at->second;
  const EntityDefinition* entity = repository_.find_entity(name);
  CHECK(entity != nullptr);
  PlanEntity added{name, entity->description, entity->keys, {}};
  for (const std::string& key : entity->keys) added.key_types.push_back(key_type(name, key));
  plan_.entities.push_back(std::move(added));
  return at->second;
}

size_t PlanBuilder::add_source(const std::string& name) {
  const auto [at, is_new] = source_index_.emplace(name, plan_.sources.size());
  if (!is_new) return at->second;
  const SourceDefinition* source = repository_.find_source(name);
  CHECK(source != nullptr);
  plan_.sources.push_back({.name = name,
                           .description = source->description,
                           .entity = add_entity(source->entity),
                           .event_time = source->event_time,
                           .unit = source->unit,
                           .arrival = source->arrival,
                           .identity = source->identity,
                           .allowed_lateness = source->allowed_lateness,
                           .columns = {},
                           .unread_columns = {},
                           .batch = source->batch,
                           .stream = source->stream,
                           .checks = source->checks});
  return at->second;
}

void PlanBuilder::add_feature(const FeatureDefinition& definition, bool is_for_check) {
  PlanFeature feature;
  feature.name = definition.name;
  feature.version = definition.version;
  feature.digest = meanings_.digest_of(definition);
  feature.source = add_source(definition.source);
  feature.entity = plan_.sources[feature.source].entity;
  feature.type = definition.type;
  feature.default_value = definition.default_value;
  feature.aggregation = definition.aggregation;
  feature.params = definition.params;
  feature.is_for_check = is_for_check;

  std::set<size_t> uses;
  for_each_used(definition, [&](const std::string& name) { uses.insert(feature_index_.at(name)); });
  feature.uses.assign(uses.begin(), uses.end());
  for (size_t used : uses) feature.depends_on_arrival |= plan_.features[used].depends_on_arrival;

  // Which row of an event counts follows from the order of arrival.
  feature.depends_on_arrival |= !definition.is_derived() && plan_.sources[feature.source].identity.has_value();

  if (definition.is_derived()) {
    CHECK_EQ(definition.formulas.size(), size_t{1});
    feature.formula = definition.formulas[0];
  } else {
    feature.state = add_state(definition, feature.source, feature.uses);
    feature.depends_on_arrival |=
        depends_on_arrival(*definition.aggregation) || definition.window.kind == WindowSpec::Kind::kLast;
  }

  feature.description = definition.description;
  feature.owner = definition.owner;
  feature.tags = definition.tags;
  feature.formula_text = definition.formula_text;
  feature.filter_text = definition.filter_text;
  for (const QualityCheck& check : definition.checks) feature.checks.push_back({check, std::nullopt});
  feature_index_[feature.name] = plan_.features.size();
  plan_.features.push_back(std::move(feature));
}

/// REQUIRES: the checked feature is in the plan.
void PlanBuilder::add_check_nodes(const FeatureDefinition& checked) {
  for (const FeatureDefinition& node : check_nodes(checked)) {
    if (!feature_index_.contains(node.name)) add_feature(node, true);
  }
  std::vector<PlanCheck>& checks = plan_.features[feature_index_.at(checked.name)].checks;
  for (size_t i = 0; i < checks.size(); ++i) {
    const auto node = feature_index_.find(check_node_name(checked.name, i));
    if (node != feature_index_.end()) checks[i].holds = node->second;
  }
}

size_t PlanBuilder::add_series(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses) {
  std::string key =
      plan_.sources[source].name + "\nwhere " + (definition.filter ? canonical_text(*definition.filter) : "");
  for (const ExprPtr& formula : definition.formulas) key += "\n" + canonical_text(*formula);
  const auto [at, is_new] = series_index_.emplace(key, plan_.series.size());
  if (is_new) {
    const ScalarType type = definition.formulas.empty() ? ScalarType::kBool : definition.formulas[0]->type.scalar;
    plan_.series.push_back({source, definition.filter, definition.formulas, uses, type});
  }
  return at->second;
}

void add_aggregation(StateNode& node, Aggregation aggregation) {
  const auto at = std::lower_bound(node.aggregations.begin(), node.aggregations.end(), aggregation);
  if (at == node.aggregations.end() || *at != aggregation) node.aggregations.insert(at, aggregation);
}

size_t PlanBuilder::add_state(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses) {
  const StateKind kind = state_kind(*definition.aggregation);
  StateNode node{add_series(definition, source, uses),
                 definition.window,
                 kind,
                 state_params(kind, definition.params),
                 {*definition.aggregation}};
  std::vector<size_t>& alike = state_index_[{node.series, kind}];
  for (const size_t i : alike) {
    StateNode& other = plan_.states[i];
    if (other.window != node.window || other.params != node.params) continue;
    add_aggregation(other, *definition.aggregation);
    return i;
  }
  alike.push_back(plan_.states.size());
  plan_.states.push_back(std::move(node));
  return alike.back();
}

/// A state of the same window from which a count, or a sum, can be read too.
std::optional<size_t> PlanBuilder::richer_state(const StateNode& node) const {
  if (node.kind != StateKind::kCount && node.kind != StateKind::kSum) return std::nullopt;
  for (const StateKind kind : {StateKind::kMoments, StateKind::kSum}) {
    if (kind == node.kind) continue;
    const auto alike = state_index_.find({node.series, kind});
    if (alike == state_index_.end()) continue;
    for (const size_t i : alike->second) {
      if (plan_.states[i].window == node.window) return i;
    }
  }
  return std::nullopt;
}

/// Reads a count from an exact sum, and both from moments, where a richer state of the same window exists.
void PlanBuilder::share_sums() {
  std::vector<size_t> target(plan_.states.size());
  for (size_t i = 0; i < plan_.states.size(); ++i) {
    target[i] = richer_state(plan_.states[i]).value_or(i);
    if (target[i] == i) continue;
    for (Aggregation aggregation : plan_.states[i].aggregations) add_aggregation(plan_.states[target[i]], aggregation);
  }

  // Drop the states that nobody reads any more.
  std::vector<StateNode> kept;
  std::vector<size_t> position(plan_.states.size());
  for (size_t i = 0; i < plan_.states.size(); ++i) {
    if (target[i] != i) continue;
    position[i] = kept.size();
    kept.push_back(std::move(plan_.states[i]));
  }
  plan_.states = std::move(kept);
  for (PlanFeature& feature : plan_.features) {
    if (!feature.is_derived()) feature.state = position[target[feature.state]];
  }
}

/// Tells the columns that series read from those that nobody does.
void PlanBuilder::split_columns() {
  std::vector<std::unordered_set<std::string>> read(plan_.sources.size());
  const auto add_columns = [&](size_t source, const ExprPtr& expr) {
    if (!expr) return;
    for (const Reference& reference : references_of(*expr)) {
      if (reference.kind == Reference::Kind::kColumn) read[source].insert(reference.name);
    }
  };
  for (const Series& series : plan_.series) {
    for (const ExprPtr& formula : series.formulas) add_columns(series.source, formula);
    add_columns(series.source, series.filter);
  }
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    PlanSource& source = plan_.sources[i];
    for (const ColumnDefinition& column : repository_.find_source(source.name)->columns)
      (read[i].contains(column.name) ? source.columns : source.unread_columns).push_back(column);
  }
}

Plan PlanBuilder::finish(bool is_whole) {
  plan_.is_whole = is_whole;
  share_sums();
  split_columns();
  plan_.feature_index = NameIndex(plan_.features);
  return std::move(plan_);
}

/// The named features and what they and, with nodes, their checks use.
std::unordered_set<std::string> wanted_features(const Repository& repository, const std::vector<std::string>& named,
                                                CheckNodes nodes) {
  std::unordered_set<std::string> wanted;
  const auto add = [&](const std::string& name) { wanted.insert(name); };
  for (const std::string& name : named) {
    const FeatureDefinition* feature = repository.find_feature(name);
    CHECK(feature != nullptr);
    add(name);
    if (nodes == CheckNodes::kLeftOut) continue;
    for (const FeatureDefinition& node : check_nodes(*feature)) for_each_used(node, add);
  }
  // Users come after what they use, so one pass from the end reaches everything.
  for (size_t i = repository.features.size(); i-- > 0;) {
    const FeatureDefinition& feature = repository.features[i];
    if (wanted.contains(feature.name)) for_each_used(feature, add);
  }
  return wanted;
}

}  // namespace

Plan make_plan(const Repository& repository, const std::vector<std::string>& feature_names, CheckNodes nodes) {
  const bool are_all_named = feature_names.empty();
  const std::unordered_set<std::string> wanted = wanted_features(repository, feature_names, nodes);
  PlanBuilder builder(repository);
  bool is_whole = true;
  for (const FeatureDefinition& feature : repository.features) {
    const bool is_wanted = are_all_named || wanted.contains(feature.name);
    if (is_wanted) builder.add_feature(feature, false);
    is_whole &= is_wanted;
  }

  if (nodes == CheckNodes::kAdded) {
    const std::unordered_set<std::string> named(feature_names.begin(), feature_names.end());
    for (const FeatureDefinition& feature : repository.features) {
      if (are_all_named || named.contains(feature.name)) builder.add_check_nodes(feature);
    }
  }
  if (is_whole) {
    for (const EntityDefinition& entity : repository.entities) builder.add_entity(entity.name);
  }
  return builder.finish(is_whole);
}

Plan make_plan_of_sources(const Repository& repository) {
  PlanBuilder builder(repository);
  for (const SourceDefinition& source : repository.sources) builder.add_source(source.name);
  return builder.finish(false);
}

}  // namespace headrace
