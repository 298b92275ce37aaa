#include "explain/outcome.h"

#include "base/aligned_text.h"
#include "explain/shown.h"

#include <fmt/format.h>

namespace headrace {
namespace {

Outcome empty_outcome(const Aggregated& input) {
  const std::string name = aggregation_text(input.aggregation, input.params);
  if (input.aggregation == Aggregation::kHistogram) {
    const Value zeros{Value::List(input.params.edges.size() - 1, Value{int64_t{0}})};
    return {zeros, {fmt::format("{} of no values = {}", name, shown(zeros))}};
  }
  if (is_count_like(input.aggregation)) return {Value{int64_t{0}}, {fmt::format("{} of no values = 0", name)}};
  return {{}, {fmt::format("{} of no values is null", name)}};
}

}  // namespace

std::string value_count(size_t count) {
  return fmt::format("{} value{}", grouped_digits(static_cast<int64_t>(count)), count == 1 ? "" : "s");
}

std::string aggregation_text(Aggregation aggregation, const AggregationParams& params) {
  const std::string name(to_string(aggregation));
  if (params.k > 0) return fmt::format("{}({})", name, params.k);
  if (params.half_life.us > 0) return fmt::format("{}(half_life {})", name, to_string(params.half_life));
  if (aggregation == Aggregation::kPercentile || aggregation == Aggregation::kApproxPercentile) {
    return fmt::format("{}({})", name, format_double(params.p));
  }
  return name;
}

Outcome outcome_of(const Aggregated& input) {
  if (input.aggregation == Aggregation::kCount && !input.values.empty()) {
    const auto count = static_cast<int64_t>(input.values.size());
    return {Value{count}, {fmt::format("count = {}", count)}};
  }
  if (input.values.empty()) return empty_outcome(input);

  switch (input.aggregation) {
    case Aggregation::kCount: break;
    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation: return sums_outcome(input);

    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange:
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kDelta:
    case Aggregation::kRate:
    case Aggregation::kMedian:
    case Aggregation::kPercentile: return order_outcome(input);

    case Aggregation::kCountDistinct:
    case Aggregation::kMode:
    case Aggregation::kTopK:
    case Aggregation::kAny:
    case Aggregation::kAll:
    case Aggregation::kHistogram:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: return counts_outcome(input);

    case Aggregation::kEwma:
    case Aggregation::kTimeWeightedMean: return times_outcome(input);
  }
  return {};
}

}  // namespace headrace
