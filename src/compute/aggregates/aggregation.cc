#include "compute/aggregates/aggregation.h"

#include "base/check.h"

#include <array>
#include <utility>

namespace headrace {
namespace {

constexpr int kAggregations = static_cast<int>(Aggregation::kApproxPercentile) + 1;

/// percentile with p set.
constexpr std::array<std::pair<std::string_view, double>, 3> kShortForms = {
    {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}};

/// What values an aggregation takes besides numbers.
enum class Inputs { kNumbers, kBools, kOrdered, kAny };

Inputs inputs_of(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kRange:
    case Aggregation::kMedian:
    case Aggregation::kPercentile:
    case Aggregation::kEwma:
    case Aggregation::kTimeWeightedMean:
    case Aggregation::kDelta:
    case Aggregation::kRate:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
    case Aggregation::kHistogram:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: return Inputs::kNumbers;

    case Aggregation::kAny:
    case Aggregation::kAll: return Inputs::kBools;

    case Aggregation::kMin:
    case Aggregation::kMax: return Inputs::kOrdered;

    case Aggregation::kCount:
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kCountDistinct:
    case Aggregation::kMode:
    case Aggregation::kTopK: return Inputs::kAny;
  }
  CHECK(false);
}

}  // namespace

std::string_view to_string(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kCount: return "count";
    case Aggregation::kSum: return "sum";
    case Aggregation::kMean: return "mean";
    case Aggregation::kVariance: return "variance";
    case Aggregation::kVariancePop: return "variance_pop";
    case Aggregation::kStddev: return "stddev";
    case Aggregation::kStddevPop: return "stddev_pop";
    case Aggregation::kSkewness: return "skewness";
    case Aggregation::kKurtosis: return "kurtosis";

    case Aggregation::kMin: return "min";
    case Aggregation::kMax: return "max";
    case Aggregation::kRange: return "range";

    case Aggregation::kFirst: return "first";
    case Aggregation::kLast: return "last";
    case Aggregation::kFirstK: return "first_k";
    case Aggregation::kLastK: return "last_k";

    case Aggregation::kMedian: return "median";
    case Aggregation::kPercentile: return "percentile";
    case Aggregation::kCountDistinct: return "count_distinct";
    case Aggregation::kMode: return "mode";
    case Aggregation::kTopK: return "top_k";

    case Aggregation::kAny: return "any";
    case Aggregation::kAll: return "all";

    case Aggregation::kEwma: return "ewma";
    case Aggregation::kTimeWeightedMean: return "time_weighted_mean";
    case Aggregation::kDelta: return "delta";
    case Aggregation::kRate: return "rate";

    case Aggregation::kCovariance: return "covariance";
    case Aggregation::kCorrelation: return "correlation";

    case Aggregation::kHistogram: return "histogram";
    case Aggregation::kApproxCountDistinct: return "approx_count_distinct";
    case Aggregation::kApproxPercentile: return "approx_percentile";
  }
  CHECK(false);
}

std::optional<Aggregation> aggregation_from_string(std::string_view name, AggregationParams& params) {
  for (int i = 0; i < kAggregations; ++i) {
    const auto aggregation = static_cast<Aggregation>(i);
    if (to_string(aggregation) == name) return aggregation;
  }
  for (const auto& [short_form, p] : kShortForms) {
    if (short_form != name) continue;
    params.p = p;
    return Aggregation::kPercentile;
  }
  return std::nullopt;
}

const std::vector<std::string_view>& aggregation_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (int i = 0; i < kAggregations; ++i) all.push_back(to_string(static_cast<Aggregation>(i)));
    for (const auto& short_form : kShortForms) all.push_back(short_form.first);
    return all;
  }();
  return names;
}

bool accepts(Aggregation aggregation, ScalarType type) {
  const Inputs inputs = inputs_of(aggregation);
  switch (type) {
    case ScalarType::kInt64:
    case ScalarType::kDouble: return inputs != Inputs::kBools;
    case ScalarType::kBool: return inputs == Inputs::kBools || inputs == Inputs::kAny;
    case ScalarType::kString:
    case ScalarType::kTimestamp: return inputs == Inputs::kOrdered || inputs == Inputs::kAny;
    case ScalarType::kNull:
    case ScalarType::kDuration: return false;
  }
  CHECK(false);
}

Type result_type(Aggregation aggregation, ScalarType type) {
  switch (aggregation) {
    case Aggregation::kCount:
    case Aggregation::kCountDistinct:
    case Aggregation::kApproxCountDistinct: return {ScalarType::kInt64};

    case Aggregation::kHistogram: return {ScalarType::kInt64, true};

    case Aggregation::kSum:
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange:
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kMode:
    case Aggregation::kDelta: return {type};

    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kTopK: return {type, true};

    case Aggregation::kAny:
    case Aggregation::kAll: return {ScalarType::kBool};

    case Aggregation::kMean:
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kMedian:
    case Aggregation::kPercentile:
    case Aggregation::kEwma:
    case Aggregation::kTimeWeightedMean:
    case Aggregation::kRate:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
    case Aggregation::kApproxPercentile: return {ScalarType::kDouble};
  }
  CHECK(false);
}

bool depends_on_arrival(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kDelta:
    case Aggregation::kRate:
    case Aggregation::kTimeWeightedMean: return true;

    case Aggregation::kCount:
    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange:
    case Aggregation::kMedian:
    case Aggregation::kPercentile:
    case Aggregation::kCountDistinct:
    case Aggregation::kMode:
    case Aggregation::kTopK:
    case Aggregation::kAny:
    case Aggregation::kAll:
    case Aggregation::kEwma:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
    case Aggregation::kHistogram:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: return false;
  }
  CHECK(false);
}

bool is_count_like(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kCount:
    case Aggregation::kCountDistinct:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kHistogram: return true;

    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange:
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kMedian:
    case Aggregation::kPercentile:
    case Aggregation::kMode:
    case Aggregation::kTopK:
    case Aggregation::kAny:
    case Aggregation::kAll:
    case Aggregation::kEwma:
    case Aggregation::kTimeWeightedMean:
    case Aggregation::kDelta:
    case Aggregation::kRate:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
    case Aggregation::kApproxPercentile: return false;
  }
  CHECK(false);
}

}  // namespace headrace
