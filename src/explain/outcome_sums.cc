#include "compute/aggregates/moments.h"
#include "compute/aggregates/pair_moments.h"
#include "compute/aggregates/power_moments.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"
#include "explain/shown.h"

#include <fmt/format.h>

#include <array>

namespace headrace {
namespace {

template <typename A, typename Input>
Value written(const A& aggregate, const std::vector<UsedValue>& values, const Input& input_of, Aggregation which,
              ScalarType type) {
  auto state = aggregate.identity();
  for (const UsedValue& value : values) aggregate.update(state, input_of(value), value.time);
  Slot slot = 0;
  return aggregate.write(state, which, {}, slot) ? boxed(slot, type) : Value{};
}

template <typename T>
Value single(const std::vector<UsedValue>& values, Aggregation which, ScalarType type) {
  const auto x = [](const UsedValue& value) { return unboxed<T>(value.x); };
  const bool is_sum = which == Aggregation::kSum || which == Aggregation::kMean;
  if (is_sum) return written(SumAggregate<T>(), values, x, which, type);
  const bool is_shape = which == Aggregation::kSkewness || which == Aggregation::kKurtosis;
  if (is_shape) return written(PowerMomentsAggregate<T>(), values, x, which, type);
  return written(MomentsAggregate<T>(), values, x, which, type);
}

Value single(const Aggregated& input, Aggregation which, ScalarType type) {
  return input.types[0] == ScalarType::kInt64 ? single<int64_t>(input.values, which, type)
                                              : single<double>(input.values, which, type);
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
std::string sum_in_mean(const Aggregated& input) { return shown(single(input, Aggregation::kSum, input.types[0])); }

Outcome root_outcome(const Aggregated& input, Aggregation square) {
  const Value inner = single(input, square, ScalarType::kDouble);
  const Value value = single(input, input.aggregation, ScalarType::kDouble);
  const std::string_view name = to_string(input.aggregation);
  return {value,
          {fmt::format("{} of {} = {}", to_string(square), value_count(input.values.size()), shown(inner)),
           fmt::format("{} = sqrt({}) = {}", name, shown(inner), shown(value))}};
}

struct SumForm {
  Aggregation aggregation;
  size_t values_min;  // the fewest values for which there is a result
  std::string_view formula;
};

constexpr std::array kForms = {
    SumForm{Aggregation::kVariance, 2, "(n·Σx² − (Σx)²) / (n·(n − 1))"},
    SumForm{Aggregation::kVariancePop, 1, "(n·Σx² − (Σx)²) / n²"},
    SumForm{Aggregation::kStddev, 2, "sqrt(variance)"},
    SumForm{Aggregation::kSkewness, 3, "sign(m₃)·sqrt(m₃²·n·(n − 1) / (m₂³·(n − 2)²))"},
    SumForm{Aggregation::kKurtosis, 4, "(n − 1) / ((n − 2)·(n − 3))·((n + 1)·m₄ / m₂² − 3·(n − 1))"},
    SumForm{Aggregation::kCovariance, 2, "(n·Σxy − Σx·Σy) / (n·(n − 1))"},
    SumForm{Aggregation::kCorrelation, 2, "covariance / (stddev of x · stddev of y)"},
};

/// Sums, means and roots, which say themselves how they come, have an empty form.
SumForm form_of(Aggregation aggregation) {
  for (const SumForm& form : kForms) {
    if (form.aggregation == aggregation) return form;
  }
  return {aggregation, 1, ""};
}

}  // namespace

Outcome sums_outcome(const Aggregated& input) {
  const size_t n = input.values.size();
  const std::string_view name = to_string(input.aggregation);
  const SumForm form = form_of(input.aggregation);
  if (n < form.values_min) {
    const std::string_view verb = n == 1 ? "is" : "are";
    return {{}, {fmt::format("{} needs {}, there {} {}: null", name, value_count(form.values_min), verb, n)}};
  }

  if (input.aggregation == Aggregation::kStddev) return root_outcome(input, Aggregation::kVariance);
  if (input.aggregation == Aggregation::kStddevPop) return root_outcome(input, Aggregation::kVariancePop);

  Outcome outcome;
  if (input.aggregation == Aggregation::kSum) {
    outcome.value = single(input, input.aggregation, input.types[0]);
    outcome.steps = {fmt::format("sum of {} = {}", value_count(n), shown(outcome.value))};
    if (outcome.value.is_null()) outcome.steps.emplace_back("the sum is past the largest number, which gives null");
    return outcome;
  }
  if (input.aggregation == Aggregation::kMean) {
    outcome.value = single(input, input.aggregation, ScalarType::kDouble);
    outcome.steps = {fmt::format("mean = sum / n = {} / {} = {}", sum_in_mean(input), n, shown(outcome.value))};
    return outcome;
  }

  const bool is_pair = input.aggregation == Aggregation::kCovariance || input.aggregation == Aggregation::kCorrelation;
  outcome.value = is_pair ? pair(input, input.aggregation) : single(input, input.aggregation, ScalarType::kDouble);
  outcome.steps = {fmt::format("{} of {} = {} = {}", name, is_pair ? fmt::format("{} pairs", n) : value_count(n),
                               form.formula, shown(outcome.value))};
  return outcome;
}

}  // namespace headrace
