#include "compute/aggregates/moments.h"
#include "compute/aggregates/pair_moments.h"
#include "compute/aggregates/power_moments.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"

#include <fmt/format.h>

namespace headrace {
namespace {

template <typename A, typename Input>
Value written(const A& aggregate, const std::vector<UsedValue>& values, const Input& input_of, Aggregation which, ScalarType type) {
  auto state = aggregate.identity();
  for (const UsedValue& value : values) aggregate.update(state, input_of(value), value.time);
  Slot slot = 0;
  return aggregate.write(state, which, {}, slot) ? boxed(slot, type) : Value{};
}

template <typename T>
Value single(const std::vector<UsedValue>& values, Aggregation which, ScalarType type) {
  const auto x = [](const UsedValue& value) { return unboxed<T>(value.x); };
  switch (which) {
    case Aggregation::kSum:
    case Aggregation::kMean: return written(SumAggregate<T>(), values, x, which, type);
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis: return written(PowerMomentsAggregate<T>(), values, x, which, type);
    default: return written(MomentsAggregate<T>(), values, x, which, type);
  }
}

Value single(const Aggregated& input, Aggregation which, ScalarType type) {
  return input.types[0] == ScalarType::kInt64 ? single<int64_t>(input.values, which, type) : single<double>(input.values, which, type);
}

template <typename X, typename Y>
Value pair(const Aggregated& input, Aggregation which) {
  const auto xy = [](const UsedValue& value) { return std::pair<X, Y>(unboxed<X>(value.x), unboxed<Y>(value.y)); };
  return written(PairMomentsAggregate<X, Y>(), input.values, xy, which, ScalarType::kDouble);
}

Value pair(const Aggregated& input, Aggregation which) {
  const bool is_x_integer = input.types[0] == ScalarType::kInt64;
  const bool is_y_integer = input.types[1] == ScalarType::kInt64;
  if (is_x_integer) return is_y_integer ? pair<int64_t, int64_t>(input, which) : pair<int64_t, double>(input, which);
  return is_y_integer ? pair<double, int64_t>(input, which) : pair<double, double>(input, which);
}

/// The sum that a mean divides: of integers the exact one, rounded.
std::string sum_in_mean(const Aggregated& input) {
  return to_json(single(input, Aggregation::kSum, input.types[0]));
}

Outcome root_outcome(const Aggregated& input, Aggregation square) {
  const Value inner = single(input, square, ScalarType::kDouble);
  const Value value = single(input, input.aggregation, ScalarType::kDouble);
  const std::string_view name = to_string(input.aggregation);
  return {value, {fmt::format("{} of {} = {}", to_string(square), value_count(input.values.size()), to_json(inner)),
                  fmt::format("{} = sqrt({}) = {}", name, to_json(inner), to_json(value))}};
}

std::string_view formula_of(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kVariance: return "(n·Σx² − (Σx)²) / (n·(n − 1))";
    case Aggregation::kVariancePop: return "(n·Σx² − (Σx)²) / n²";
    case Aggregation::kSkewness: return "sign(m₃)·sqrt(m₃²·n·(n − 1) / (m₂³·(n − 2)²))";
    case Aggregation::kKurtosis: return "(n − 1) / ((n − 2)·(n − 3))·((n + 1)·m₄ / m₂² − 3·(n − 1))";
    case Aggregation::kCovariance: return "(n·Σxy − Σx·Σy) / (n·(n − 1))";
    case Aggregation::kCorrelation: return "covariance / (stddev of x · stddev of y)";
    default: return "";
  }
}

/// The fewest values for which there is a result.
size_t values_min(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kVariance:
    case Aggregation::kStddev:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation: return 2;
    case Aggregation::kSkewness: return 3;
    case Aggregation::kKurtosis: return 4;
    default: return 1;
  }
}

}  // namespace

Outcome sums_outcome(const Aggregated& input) {
  const size_t n = input.values.size();
  const std::string_view name = to_string(input.aggregation);
  if (n < values_min(input.aggregation)) {
    return {{}, {fmt::format("{} needs {}, there is {}: null", name, value_count(values_min(input.aggregation)), n)}};
  }
  if (input.aggregation == Aggregation::kStddev) return root_outcome(input, Aggregation::kVariance);
  if (input.aggregation == Aggregation::kStddevPop) return root_outcome(input, Aggregation::kVariancePop);
  Outcome outcome;
  if (input.aggregation == Aggregation::kSum) {
    outcome.value = single(input, input.aggregation, input.types[0]);
    outcome.steps = {fmt::format("sum of {} = {}", value_count(n), to_json(outcome.value))};
    if (outcome.value.is_null()) outcome.steps.emplace_back("the sum is past the largest number, which gives null");
    return outcome;
  }
  if (input.aggregation == Aggregation::kMean) {
    outcome.value = single(input, input.aggregation, ScalarType::kDouble);
    outcome.steps = {fmt::format("mean = sum / n = {} / {} = {}", sum_in_mean(input), n, to_json(outcome.value))};
    return outcome;
  }
  const bool is_pair = input.aggregation == Aggregation::kCovariance || input.aggregation == Aggregation::kCorrelation;
  outcome.value = is_pair ? pair(input, input.aggregation) : single(input, input.aggregation, ScalarType::kDouble);
  outcome.steps = {fmt::format("{} of {} = {} = {}", name, is_pair ? fmt::format("{} pairs", n) : value_count(n),
                               formula_of(input.aggregation), to_json(outcome.value))};
  return outcome;
}

}  // namespace headrace
