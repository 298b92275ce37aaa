#include "plan/plan.h"

#include "base/check.h"

#include <algorithm>
#include <map>
#include <set>

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

void collect_features(const ExprPtr& expr, const std::map<std::string, size_t>& index, std::set<size_t>& out) {
  if (!expr) return;
  for (const Reference& reference : references_of(*expr)) {
    if (reference.kind == Reference::Kind::kFeature) out.insert(index.at(reference.name));
  }
}

class PlanBuilder {
 public:
  explicit PlanBuilder(const Repository& repository) : repository_(repository) {
    plan_.project = repository.project_name;
  }

  Plan build(const std::set<std::string>& wanted) {
    for (const FeatureDefinition& feature : repository_.features) {
      if (wanted.contains(feature.name)) add_feature(feature);
    }
    share_sums();
    fill_columns();
    return std::move(plan_);
  }

 private:
  size_t add_entity(const std::string& name) {
    for (size_t i = 0; i < plan_.entities.size(); ++i) {
      if (plan_.entities[i].name == name) return i;
    }
    const EntityDefinition* entity = repository_.find_entity(name);
    CHECK(entity != nullptr);
    PlanEntity added{name, entity->keys, {}};
    for (const std::string& key : entity->keys) {
      ScalarType type = ScalarType::kNull;
      for (const SourceDefinition& source : repository_.sources) {
        if (source.entity != name) continue;
        for (const ColumnDefinition& column : source.columns) {
          if (column.name == key) type = column.type;
        }
      }
      added.key_types.push_back(type);
    }
    plan_.entities.push_back(std::move(added));
    return plan_.entities.size() - 1;
  }

  size_t add_source(const std::string& name) {
    for (size_t i = 0; i < plan_.sources.size(); ++i) {
      if (plan_.sources[i].name == name) return i;
    }
    const SourceDefinition* source = repository_.find_source(name);
    CHECK(source != nullptr);
    plan_.sources.push_back({name,
                             add_entity(source->entity),
                             source->event_time,
                             source->unit,
                             source->arrival,
                             source->allowed_lateness,
                             {},
                             source->batch});
    return plan_.sources.size() - 1;
  }

  void add_feature(const FeatureDefinition& definition) {
    PlanFeature feature;
    feature.name = definition.name;
    feature.version = definition.version;
    feature.digest = digest_of(repository_, definition);
    feature.source = add_source(definition.source);
    feature.entity = plan_.sources[feature.source].entity;
    feature.type = definition.type;
    feature.default_value = definition.default_value;
    feature.aggregation = definition.aggregation;
    feature.params = definition.params;
    std::set<size_t> uses;
    for (const ExprPtr& formula : definition.formulas) collect_features(formula, feature_index_, uses);
    collect_features(definition.filter, feature_index_, uses);
    feature.uses.assign(uses.begin(), uses.end());
    for (size_t used : uses) feature.depends_on_arrival |= plan_.features[used].depends_on_arrival;

    if (definition.is_derived()) {
      CHECK_EQ(definition.formulas.size(), size_t{1});
      feature.formula = definition.formulas[0];
    } else {
      feature.state = add_state(definition, feature.source, feature.uses);
      feature.depends_on_arrival |=
          depends_on_arrival(*definition.aggregation) || definition.window.kind == WindowSpec::Kind::kLast;
    }
    feature_index_[feature.name] = plan_.features.size();
    plan_.features.push_back(std::move(feature));
  }

  size_t add_series(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses) {
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

  size_t add_state(const FeatureDefinition& definition, size_t source, const std::vector<size_t>& uses) {
    const StateKind kind = state_kind(*definition.aggregation);
    StateNode node{add_series(definition, source, uses),
                   definition.window,
                   kind,
                   state_params(kind, definition.params),
                   {*definition.aggregation}};
    for (size_t i = 0; i < plan_.states.size(); ++i) {
      StateNode& other = plan_.states[i];
      if (other.series != node.series || other.kind != node.kind || other.window != node.window ||
          other.params != node.params) {
        continue;
      }
      add_aggregation(other, *definition.aggregation);
      return i;
    }
    plan_.states.push_back(std::move(node));
    return plan_.states.size() - 1;
  }

  static void add_aggregation(StateNode& node, Aggregation aggregation) {
    const auto at = std::lower_bound(node.aggregations.begin(), node.aggregations.end(), aggregation);
    if (at == node.aggregations.end() || *at != aggregation) node.aggregations.insert(at, aggregation);
  }

  /// Reads a count from an exact sum, and both from moments, where a richer state of the same window exists.
  void share_sums() {
    const auto richer = [&](const StateNode& node) -> std::optional<size_t> {
      for (StateKind kind : {StateKind::kMoments, StateKind::kSum}) {
        if (static_cast<int>(kind) <= static_cast<int>(node.kind)) continue;
        for (size_t i = 0; i < plan_.states.size(); ++i) {
          const StateNode& other = plan_.states[i];
          if (other.kind == kind && other.series == node.series && other.window == node.window) return i;
        }
      }
      return std::nullopt;
    };
    std::vector<size_t> target(plan_.states.size());
    for (size_t i = 0; i < plan_.states.size(); ++i) {
      target[i] = i;
      const StateNode& node = plan_.states[i];
      if (node.kind != StateKind::kCount && node.kind != StateKind::kSum) continue;
      if (const auto to = richer(node)) {
        target[i] = *to;
        for (Aggregation aggregation : plan_.states[i].aggregations) add_aggregation(plan_.states[*to], aggregation);
      }
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

  void fill_columns() {
    for (PlanSource& source : plan_.sources) {
      std::set<std::string> used;
      for (const Series& series : plan_.series) {
        if (plan_.sources[series.source].name != source.name) continue;
        std::vector<ExprPtr> expressions = series.formulas;
        if (series.filter) expressions.push_back(series.filter);
        for (const ExprPtr& expr : expressions) {
          for (const Reference& reference : references_of(*expr)) {
            if (reference.kind == Reference::Kind::kColumn) used.insert(reference.name);
          }
        }
      }
      for (const ColumnDefinition& column : repository_.find_source(source.name)->columns) {
        if (used.contains(column.name)) source.columns.push_back(column);
      }
    }
  }

  const Repository& repository_;
  Plan plan_;
  std::map<std::string, size_t> feature_index_;
  std::map<std::string, size_t> series_index_;
};

void add_with_uses(const Repository& repository, const std::string& name, std::set<std::string>& wanted) {
  if (!wanted.insert(name).second) return;
  const FeatureDefinition* feature = repository.find_feature(name);
  CHECK(feature != nullptr);
  std::vector<ExprPtr> expressions = feature->formulas;
  if (feature->filter) expressions.push_back(feature->filter);
  for (const ExprPtr& expr : expressions) {
    for (const Reference& reference : references_of(*expr)) {
      if (reference.kind == Reference::Kind::kFeature) add_with_uses(repository, reference.name, wanted);
    }
  }
}

}  // namespace

std::string_view to_string(StateKind kind) {
  switch (kind) {
    case StateKind::kCount: return "count";
    case StateKind::kSum: return "sum";
    case StateKind::kMoments: return "moments";
    case StateKind::kPowerMoments: return "power_moments";
    case StateKind::kPairMoments: return "pair_moments";
    case StateKind::kExtremes: return "extremes";
    case StateKind::kPosition: return "position";
    case StateKind::kOrdered: return "ordered";
    case StateKind::kDistinct: return "distinct";
    case StateKind::kBoolCounts: return "bool_counts";
    case StateKind::kEwma: return "ewma";
    case StateKind::kTimeWeighted: return "time_weighted";
    case StateKind::kHistogram: return "histogram";
    case StateKind::kHyperLogLog: return "hyper_log_log";
    case StateKind::kLogBuckets: return "log_buckets";
  }
  return "?";
}

const PlanFeature* Plan::find_feature(std::string_view name) const {
  for (const PlanFeature& feature : features) {
    if (feature.name == name) return &feature;
  }
  return nullptr;
}

Plan make_plan(const Repository& repository, const std::vector<std::string>& feature_names) {
  std::set<std::string> wanted;
  for (const std::string& name : feature_names) add_with_uses(repository, name, wanted);
  if (feature_names.empty()) {
    for (const FeatureDefinition& feature : repository.features) wanted.insert(feature.name);
  }
  return PlanBuilder(repository).build(wanted);
}

}  // namespace headrace
