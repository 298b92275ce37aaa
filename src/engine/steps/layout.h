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

/// One thing to do for each partition of a step, in order.
struct WorkItem {
  enum class Kind { kSeries, kState, kDerived };
  Kind kind;
  size_t index;  // into Layout::series, Plan::states or Plan::features
};

struct Layout {
  const Plan* plan = nullptr;
  size_t entity = 0;
  std::vector<size_t> outputs;  // plan features, in the order of the result columns
  std::vector<SourceLayout> sources;
  std::vector<SeriesLayout> series;
  std::vector<size_t> series_of_plan;  // index into `series`, or kNone
  std::vector<WorkItem> work;
  std::vector<std::vector<size_t>> features_of_state;  // for each plan state: needed features that read it
  std::vector<uint8_t> is_needed;                      // for each plan feature
  std::vector<uint8_t> is_used_in_series;     // for each plan feature: values are wanted at every driving event
  std::vector<uint8_t> is_driving;            // for each layout source: its events are result rows
  std::vector<uint8_t> has_dependent_series;  // for each layout source: some series of it uses features
  std::vector<std::shared_ptr<const Program>> derived;  // for each plan feature that is derived
  std::vector<std::vector<size_t>> derived_inputs;      // plan features, for the program's inputs

  static constexpr size_t kNone = SIZE_MAX;
};

Layout make_layout(const Plan& plan, size_t entity, const std::vector<size_t>& features);

}  // namespace headrace
