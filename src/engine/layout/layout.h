#pragma once

/// How one run uses a plan: which columns are read, what is computed at each row while reading, what is computed in
/// steps, and in which order. Immutable, shared by all threads.

#include "compute/expressions/evaluator.h"
#include "engine/source.h"
#include "plan/plan.h"

#include <memory>
#include <vector>

namespace headrace {

struct SourceLayout {
  size_t plan_source = 0;
  SourceRequest request;
  size_t first_value_column = 0;           // of the request; the program's inputs in order
  std::shared_ptr<const Program> program;  // over the source's columns; its outputs are the row columns
  std::vector<ScalarType> column_types;
  bool is_driving = false;            // its events are result rows
  bool has_dependent_series = false;  // some series of it uses features
};

/// Where the rows of a series come from. Without features, filter and values are row columns; with features a
/// program over features and row columns gives them in the step.
struct SeriesLayout {
  size_t plan_series = 0;
  size_t source = 0;  // index into Layout::sources
  int filter_column = -1;
  std::vector<size_t> value_columns;
  std::shared_ptr<const Program> program;  // null without features; outputs: formulas, then the filter if any
  std::vector<size_t> feature_inputs;      // plan features, for the program's first inputs
  std::vector<size_t> column_inputs;       // row columns, for the program's further inputs
  bool has_filter = false;
  bool has_ring = false;       // events with values
  bool has_full_ring = false;  // events with and without values, for last and session windows
};

/// How the run uses a state of the plan.
struct StateLayout {
  std::vector<size_t> features;    // those needed that read it
  bool is_used_in_series = false;  // by one of them: values are wanted at every instant, not at results only
};

/// How the run uses a feature of the plan.
struct FeatureLayout {
  bool is_needed = false;
  bool is_used_in_series = false;          // so its values are wanted at every instant, not at results only
  std::vector<size_t> outputs;             // its places in Layout::outputs
  std::shared_ptr<const Program> program;  // of a derived feature, over those it uses; null for a list by another name
};

/// One thing to do for each partition of a step, in order.
struct WorkItem {
  enum class Kind { kSeries, kState, kDerived };
  Kind kind;
  size_t index;  // into Layout::series, Layout::states or Layout::features
};

struct Layout {
  const Plan* plan = nullptr;
  size_t entity = 0;
  std::vector<size_t> outputs;  // plan features, in the order of the result columns
  std::vector<SourceLayout> sources;
  std::vector<SeriesLayout> series;
  std::vector<size_t> series_of_plan;   // index into `series`, or kNone
  std::vector<StateLayout> states;      // by plan state
  std::vector<FeatureLayout> features;  // by plan feature
  std::vector<WorkItem> work;

  static constexpr size_t kNone = SIZE_MAX;
};

Layout make_layout(const Plan& plan, size_t entity, const std::vector<size_t>& features);

}  // namespace headrace
