#pragma once

/// What is to be computed: an immutable value that the engines and the generators read, and nothing else.
///
/// Equal work is shared. One Series for each distinct (source, filter, formulas); one StateNode for each distinct
/// (series, window, state kind, parameters); features are finalizers over state nodes. `10m`, `1h` and `24h` of one
/// expression are three nodes over one series; mean, variance and stddev of it over `1h` are one node.
///
/// Invariants:
///   (1) Every index points to an element of this plan; features come after the features that they use.
///   (2) Two plans with equal to_json text compute the same values.

#include "language/definitions/repository.h"

#include <string>
#include <vector>

namespace headrace {

struct PlanEntity {
  std::string name;
  std::vector<std::string> keys;
  std::vector<ScalarType> key_types;  // kNull where no source declares the key column: it is taken from the data
};

struct PlanSource {
  std::string name;
  size_t entity = 0;
  std::string event_time;
  std::optional<TimeUnit> unit;
  std::optional<std::string> arrival;
  Duration allowed_lateness;
  std::vector<ColumnDefinition> columns;  // only those that the plan reads (without keys and event time, unless used)
  std::optional<BatchLocation> batch;
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

  bool is_derived() const { return !aggregation.has_value(); }
};

struct Plan {
  static constexpr int kFormatVersion = 1;

  std::string project;
  std::vector<PlanEntity> entities;
  std::vector<PlanSource> sources;
  std::vector<Series> series;
  std::vector<StateNode> states;
  std::vector<PlanFeature> features;

  const PlanFeature* find_feature(std::string_view name) const;
};

/// Lowers the named features (all when empty) and what they use.
/// REQUIRES: repository is free of errors and has the names.
Plan make_plan(const Repository& repository, const std::vector<std::string>& feature_names = {});

/// The canonical, versioned form: same plan, same text.
std::string to_json(const Plan& plan);

/// For people: one line a feature, state and series, indented as they depend.
std::string to_text(const Plan& plan);

/// The canonical text of a feature's meaning: formula as parsed, window, aggregation, source, filter, default and the
/// digests of the features it uses (language, section 8). Comments, description, owner and places are not in it.
std::string meaning_of(const Repository& repository, const FeatureDefinition& feature);

/// The SHA-256 of meaning_of().
std::string digest_of(const Repository& repository, const FeatureDefinition& feature);

}  // namespace headrace
