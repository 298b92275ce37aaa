#pragma once

/// Aggregates computed plainly from the values themselves, with the steps in words. Private to explain.
///
/// Nothing slides here: each value is taken once, in order. Exact sums come from the aggregates' own arithmetic.

#include "plan/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// A value that an aggregation takes. Not null.
struct UsedValue {
  EventTime time;
  int64_t arrival = 0;
  Value x;
  Value y;  // the second of a pair
};

struct Outcome {
  Value value;  // before `default`
  std::vector<std::string> steps;
};

/// What an aggregation is applied to.
struct Aggregated {
  Aggregation aggregation;
  AggregationParams params;
  std::vector<ScalarType> types;  // of the formulas
  Type result;
  std::vector<UsedValue> values;  // in order
  EventTime at;
  std::optional<EventTime> start;  // of a plain duration, for time_weighted_mean
};

Outcome outcome_of(const Aggregated& input);

/// "percentile(0.95)", "mean": as it is said in steps.
std::string aggregation_text(Aggregation aggregation, const AggregationParams& params);

/// "1 value", "1,234 values".
std::string value_count(size_t count);

// The families, each for its aggregations and at least one value.
Outcome sums_outcome(const Aggregated& input);    // sum, mean, variance .. kurtosis, covariance, correlation
Outcome order_outcome(const Aggregated& input);   // min, max, range, first .. rate, median, percentile
Outcome counts_outcome(const Aggregated& input);  // count_distinct, mode, top_k, any, all, histogram, approx_..
Outcome times_outcome(const Aggregated& input);   // ewma, time_weighted_mean

}  // namespace headrace
