#pragma once

/// The aggregations of the language (section 5), by name, and their parameters.

#include "data/time.h"
#include "data/type.h"

#include <optional>
#include <string_view>
#include <vector>

namespace headrace {

enum class Aggregation {
  kCount,
  kSum,
  kMean,
  kVariance,
  kVariancePop,
  kStddev,
  kStddevPop,
  kSkewness,
  kKurtosis,
  kMin,
  kMax,
  kRange,
  kFirst,
  kLast,
  kFirstK,
  kLastK,
  kMedian,
  kPercentile,
  kCountDistinct,
  kMode,
  kTopK,
  kAny,
  kAll,
  kEwma,
  kTimeWeightedMean,
  kDelta,
  kRate,
  kCovariance,
  kCorrelation,
  kHistogram,
  kApproxCountDistinct,
  kApproxPercentile,
};

/// Only the members that the aggregation needs are set.
struct AggregationParams {
  int k = 0;                  // first_k, last_k, top_k: 1 to 10,000
  double p = 0.0;             // percentile, approx_percentile: 0 to 1
  Duration half_life;         // ewma
  std::vector<double> edges;  // histogram: rising strictly, at least two

  friend bool operator==(const AggregationParams&, const AggregationParams&) = default;
};

/// "mean", "count_distinct", ...
std::string_view to_string(Aggregation aggregation);

/// The parameter that the aggregation needs: "k", "p", "half_life", "edges"; empty: none.
std::string_view parameter_of(Aggregation aggregation);

/// Reads a name; p50, p95 and p99 are percentile with p set in `params`.
std::optional<Aggregation> aggregation_from_string(std::string_view name, AggregationParams& params);

/// Every name that aggregation_from_string takes, for "did you mean" and the reference.
const std::vector<std::string_view>& aggregation_names();

/// Whether values of the type may be aggregated so (section 5, "Input types").
bool accepts(Aggregation aggregation, ScalarType type);

/// The type of the result for values of the type.
Type result_type(Aggregation aggregation, ScalarType type);

/// Whether the order of events with equal time can change the value: first, last, first_k, last_k, delta, rate,
/// time_weighted_mean.
bool depends_on_arrival(Aggregation aggregation);

/// Whether the empty window gives 0, zeros or an empty count instead of null: count, count_distinct,
/// approx_count_distinct, histogram.
bool is_count_like(Aggregation aggregation);

}  // namespace headrace
