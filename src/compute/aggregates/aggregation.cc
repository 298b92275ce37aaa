#include "compute/aggregates/aggregation.h"

#include "base/check.h"

#include <array>
#include <utility>

namespace headrace {
namespace {

/// percentile with p set.
constexpr std::array<std::pair<std::string_view, double>, 3> kShortForms = {
    {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}};

/// What values an aggregation takes besides numbers.
enum class Inputs { kNumbers, kBools, kOrdered, kAny };

/// The type of its value; `kInput`: that of the values that it takes.
enum class Result { kBool, kInt64, kInt64List, kDouble, kInput, kInputList };

enum Ties : bool { kAnyOrder = false, kByArrival = true };
enum Empty : bool { kNullWhenEmpty = false, kZeroWhenEmpty = true };

/// What the language says of an aggregation (section 5).
struct AggregationTraits {
  Aggregation aggregation;
  std::string_view name;
  Inputs inputs;
  Result result;
  std::string_view parameter;  // that it needs; empty: none
  Ties ties;                   // whether the order of events with equal time can change the value
  Empty empty;                 // the value of the empty window
};

// clang-format off
constexpr AggregationTraits kTraits[] = {
    {Aggregation::kCount, "count", Inputs::kAny, Result::kInt64, "", kAnyOrder, kZeroWhenEmpty},
    {Aggregation::kSum, "sum", Inputs::kNumbers, Result::kInput, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kMean, "mean", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kVariance, "variance", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kVariancePop, "variance_pop", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kStddev, "stddev", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kStddevPop, "stddev_pop", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kSkewness, "skewness", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kKurtosis, "kurtosis", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kMin, "min", Inputs::kOrdered, Result::kInput, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kMax, "max", Inputs::kOrdered, Result::kInput, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kRange, "range", Inputs::kNumbers, Result::kInput, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kFirst, "first", Inputs::kAny, Result::kInput, "", kByArrival, kNullWhenEmpty},
    {Aggregation::kLast, "last", Inputs::kAny, Result::kInput, "", kByArrival, kNullWhenEmpty},
    {Aggregation::kFirstK, "first_k", Inputs::kAny, Result::kInputList, "k", kByArrival, kNullWhenEmpty},
    {Aggregation::kLastK, "last_k", Inputs::kAny, Result::kInputList, "k", kByArrival, kNullWhenEmpty},
    {Aggregation::kMedian, "median", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kPercentile, "percentile", Inputs::kNumbers, Result::kDouble, "p", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kCountDistinct, "count_distinct", Inputs::kAny, Result::kInt64, "", kAnyOrder, kZeroWhenEmpty},
    {Aggregation::kMode, "mode", Inputs::kAny, Result::kInput, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kTopK, "top_k", Inputs::kAny, Result::kInputList, "k", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kAny, "any", Inputs::kBools, Result::kBool, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kAll, "all", Inputs::kBools, Result::kBool, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kEwma, "ewma", Inputs::kNumbers, Result::kDouble, "half_life", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kTimeWeightedMean, "time_weighted_mean", Inputs::kNumbers, Result::kDouble, "", kByArrival, kNullWhenEmpty},
    {Aggregation::kDelta, "delta", Inputs::kNumbers, Result::kInput, "", kByArrival, kNullWhenEmpty},
    {Aggregation::kRate, "rate", Inputs::kNumbers, Result::kDouble, "", kByArrival, kNullWhenEmpty},
    {Aggregation::kCovariance, "covariance", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kCorrelation, "correlation", Inputs::kNumbers, Result::kDouble, "", kAnyOrder, kNullWhenEmpty},
    {Aggregation::kHistogram, "histogram", Inputs::kNumbers, Result::kInt64List, "edges", kAnyOrder, kZeroWhenEmpty},
    {Aggregation::kApproxCountDistinct, "approx_count_distinct", Inputs::kNumbers, Result::kInt64, "", kAnyOrder, kZeroWhenEmpty},
    {Aggregation::kApproxPercentile, "approx_percentile", Inputs::kNumbers, Result::kDouble, "p", kAnyOrder, kNullWhenEmpty},
};
// clang-format on

constexpr bool is_complete() {
  for (size_t i = 0; i < std::size(kTraits); ++i) {
    if (kTraits[i].aggregation != static_cast<Aggregation>(i)) return false;
  }
  return std::size(kTraits) == static_cast<size_t>(Aggregation::kApproxPercentile) + 1;
}
static_assert(is_complete(), "a row for each aggregation, in their order");

const AggregationTraits& traits_of(Aggregation aggregation) { return kTraits[static_cast<size_t>(aggregation)]; }

}  // namespace

std::string_view to_string(Aggregation aggregation) { return traits_of(aggregation).name; }

std::string_view parameter_of(Aggregation aggregation) { return traits_of(aggregation).parameter; }

std::optional<Aggregation> aggregation_from_string(std::string_view name, AggregationParams& params) {
  for (const AggregationTraits& traits : kTraits) {
    if (traits.name == name) return traits.aggregation;
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
    for (const AggregationTraits& traits : kTraits) all.push_back(traits.name);
    for (const auto& short_form : kShortForms) all.push_back(short_form.first);
    return all;
  }();
  return names;
}

bool accepts(Aggregation aggregation, ScalarType type) {
  const Inputs inputs = traits_of(aggregation).inputs;
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
  switch (traits_of(aggregation).result) {
    case Result::kBool: return {ScalarType::kBool};
    case Result::kInt64: return {ScalarType::kInt64};
    case Result::kInt64List: return {ScalarType::kInt64, true};
    case Result::kDouble: return {ScalarType::kDouble};
    case Result::kInput: return {type};
    case Result::kInputList: return {type, true};
  }
  CHECK(false);
}

bool depends_on_arrival(Aggregation aggregation) { return traits_of(aggregation).ties == kByArrival; }

bool is_count_like(Aggregation aggregation) { return traits_of(aggregation).empty == kZeroWhenEmpty; }

}  // namespace headrace
