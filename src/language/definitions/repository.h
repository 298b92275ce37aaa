#pragma once

/// A feature repository as understood: typed, resolved, immutable definitions, and what was wrong with the text.
///
/// Part of the language layer's output (load_repository.h). A parser never fails: it returns what it understood plus
/// diagnostics; only what is free of errors appears here. Lists of aggregations and windows are already expanded
/// (section 2), the short form of a column feature is written out (`aggregation: last`, lifetime; section 3), names are
/// resolved.

#include "compute/aggregates/aggregation.h"
#include "compute/expressions/expr.h"
#include "compute/windows/window.h"
#include "language/definitions/expected_change.h"
#include "language/definitions/name_index.h"
#include "language/definitions/quality_check.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct EntityDefinition {
  std::string name;
  std::string description;
  std::vector<std::string> keys;  // column names, at least one
  Span span;
};

struct SourceDefinition {
  std::string name;
  std::string description;
  std::string entity;
  std::string event_time;
  std::optional<TimeUnit> unit;           // set when the event time is an integer epoch
  std::vector<ColumnDefinition> columns;  // in the order written; key columns may be among them
  std::optional<BatchLocation> batch;
  std::optional<StreamLocation> stream;
  Duration allowed_lateness;
  std::optional<std::string> arrival;
  std::optional<EventIdentity> identity;  // absent: every row is an event of its own
  std::vector<SourceCheck> checks;
  Span span;
};

struct FeatureDefinition {
  std::string name;
  std::string definition;  // the name as written; lists of aggregations and windows append to it
  std::string description;
  std::string owner;
  std::string version;
  std::vector<std::string> tags;
  bool is_internal = false;  // for other features: given out only where it is named
  std::string entity;
  std::string source;  // the driving source (section 3); also set for derived features
  /// Absent for a derived feature over features.
  std::optional<Aggregation> aggregation;
  AggregationParams params;
  WindowSpec window;              // lifetime for derived features
  std::vector<ExprPtr> formulas;  // none: count of every event; two: covariance and correlation
  ExprPtr filter;                 // null: every event
  Type type;                      // of the value
  Value default_value;            // null: none
  std::vector<QualityCheck> checks;
  std::optional<ExpectedChange> expected_change;  // of the step from the version before
  std::string formula_text;                       // as written, for people
  std::string filter_text;
  /// Of an earlier version that stands beside a later one under another name (plan/side_by_side.h): the canonical text
  /// of its meaning, in which it and what it uses have their own names. Else empty.
  std::string earlier_meaning;
  Span span;
  Span version_span;
  Span formula_span;

  bool is_derived() const { return !aggregation.has_value(); }
};

struct Repository {
  std::string project_name;
  std::vector<EntityDefinition> entities;
  std::vector<SourceDefinition> sources;
  std::vector<FeatureDefinition> features;              // every feature after those that it uses, else in file order
  NameIndex entity_index, source_index, feature_index;  // of the lists

  const EntityDefinition* find_entity(std::string_view name) const;
  const SourceDefinition* find_source(std::string_view name) const;
  const FeatureDefinition* find_feature(std::string_view name) const;
};

}  // namespace headrace
