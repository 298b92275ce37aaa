#pragma once

/// What is to be computed: an immutable value that the engines and the generators read, and nothing else.
///
/// Equal work is shared. One Series for each distinct (source, filter, formulas); one StateNode for each distinct
/// (series, window, state kind, parameters); features are finalizers over state nodes. `10m`, `1h` and `24h` of one
/// expression are three nodes over one series; mean, variance and stddev of it over `1h` are one node.
///
/// A plan is complete: beside the computation it says where events come from and what people wrote about a feature, and
/// it holds the quality checks. plan/make_plan.h lowers definitions to it.
///
/// Invariants:
///   (1) Every index points to an element of this plan; features come after the features that they use.
///   (2) Two plans with equal to_json text compute the same values.
///   (3) The names of features differ.
///
/// Immutable once made; any thread may read it.

#include "compute/aggregates/aggregation.h"
#include "compute/expressions/expr.h"
#include "compute/windows/window.h"
#include "language/definitions/name_index.h"
#include "language/definitions/quality_check.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct PlanEntity {
  std::string name;
  std::string description;
  std::vector<std::string> keys;
  std::vector<ScalarType> key_types;  // kNull where no source declares the key column: it is taken from the data
};

struct PlanSource {
  std::string name;
  std::string description;
  size_t entity = 0;
  std::string event_time;
  std::optional<TimeUnit> unit;
  std::optional<std::string> arrival;
  std::optional<EventIdentity> identity;
  Duration allowed_lateness;
  std::vector<ColumnDefinition> columns;  // only those that the plan reads (without keys and event time, unless used)
  std::vector<ColumnDefinition> unread_columns;  // the others that the source declares
  std::optional<BatchLocation> batch;
  std::optional<StreamLocation> stream;
  std::vector<SourceCheck> checks = {};
};

/// Which algebra keeps the state; several aggregations may read one.
enum class StateKind {
  kCount,         // count: n
  kSum,           // sum, mean, count: exact sum
  kMoments,       // variance, stddev (and sum, mean, count when they are asked together)
  kPowerMoments,  // skewness, kurtosis
  kPairMoments,   // covariance, correlation
  kExtremes,      // min, max, range
  kPosition,      // first, last, first_k, last_k, delta, rate: read from the events themselves
  kOrdered,       // median, percentile
  kDistinct,      // count_distinct, mode, top_k
  kBoolCounts,    // any, all
  kEwma,
  kTimeWeighted,
  kHistogram,
  kHyperLogLog,
  kLogBuckets,  // approx_percentile
};
std::string_view to_string(StateKind kind);

/// A stream of values: at each event of the source that passes the filter, the formulas' values.
struct Series {
  size_t source = 0;
  ExprPtr filter;                 // null: every event
  std::vector<ExprPtr> formulas;  // none: the events themselves; two: pairs
  /// Features that the filter or a formula uses: their values at the event's instant come first.
  std::vector<size_t> features;
  ScalarType type = ScalarType::kDouble;  // of the (first) formula; kBool placeholder when there is none
};

struct StateNode {
  size_t series = 0;
  WindowSpec window;
  StateKind kind = StateKind::kCount;
  AggregationParams params;               // only what the state itself needs (half_life, edges)
  std::vector<Aggregation> aggregations;  // what is read from it, in order of the enum
};

/// A quality check of a feature.
struct PlanCheck {
  QualityCheck check;
  /// Of an expression: the feature whose value says whether it holds, where the plan has nodes for checks.
  std::optional<size_t> holds;
};

struct PlanFeature {
  std::string name;
  std::string version;
  std::string digest;  // SHA-256 of the meaning (language, section 8)
  size_t entity = 0;
  size_t source = 0;  // the driving source
  Type type;
  Value default_value;  // of the feature's type; null: none
  // An aggregation over a state node ...
  std::optional<Aggregation> aggregation;
  AggregationParams params;
  size_t state = 0;
  // ... or a formula over features at the same instant.
  ExprPtr formula;
  std::vector<size_t> uses;  // features that this one uses directly
  bool depends_on_arrival = false;
  /// Added by the planner, so that a check can be held against values: an output only where it is asked for.
  bool is_for_check = false;

  // What people wrote; nothing of it is in the meaning.
  std::string description;
  std::string owner;
  std::vector<std::string> tags;
  std::string formula_text;
  std::string filter_text;
  std::vector<PlanCheck> checks;

  bool is_derived() const { return !aggregation.has_value(); }
};

struct Plan {
  static constexpr int kFormatVersion = 2;

  std::string project;
  bool is_whole = false;  // has every feature of the repository
  std::vector<PlanEntity> entities;
  std::vector<PlanSource> sources;
  std::vector<Series> series;
  std::vector<StateNode> states;
  std::vector<PlanFeature> features;
  NameIndex feature_index;  // of the features

  const PlanFeature* find_feature(std::string_view name) const;
  /// REQUIRES: the feature is an aggregation.
  const StateNode& state_of(const PlanFeature& feature) const { return states[feature.state]; }
  const Series& series_of(const PlanFeature& feature) const { return series[state_of(feature).series]; }
};

/// The canonical, versioned form: same plan, same text.
std::string to_json(const Plan& plan);

/// For people: one line a feature, state and series, indented as they depend.
std::string to_text(const Plan& plan);

}  // namespace headrace
