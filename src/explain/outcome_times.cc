#include "compute/aggregates/time_weighted.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"
#include "explain/shown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

Outcome ewma_outcome(const Aggregated& input) {
  const EventTime newest = input.values.back().time;
  long double sum = 0;
  long double weights = 0;
  for (const UsedValue& value : input.values) {
    const auto age = static_cast<long double>(newest.us - value.time.us);
    const long double weight = std::exp2(-age / static_cast<long double>(input.params.half_life.us));
    sum += weight * static_cast<long double>(as_double(value.x));
    weights += weight;
  }
  const auto mean = static_cast<double>(sum / weights);
  const Value value = std::isfinite(mean) ? Value{mean + 0.0} : Value{};
  return {value,
          {fmt::format("weight of a value = 2^(−age / {}), age 0 at {}", to_string(input.params.half_life),
                       to_string(newest)),
           fmt::format("ewma = Σ x·w / Σ w = {:.9g} / {:.9g} = {}", static_cast<double>(sum),
                       static_cast<double>(weights), shown(value))}};
}

template <typename T>
Outcome time_weighted_outcome(const Aggregated& input) {
  const TimeWeightedSum<T> sums;
  auto state = sums.identity();
  int64_t span = 0;
  std::string terms;
  size_t count = 0;
  constexpr size_t kShownMax = 6;
  for (size_t i = 0; i < input.values.size(); ++i) {
    const int64_t end = i + 1 < input.values.size() ? input.values[i + 1].time.us : input.at.us;
    int64_t start = input.values[i].time.us;
    if (input.start) start = std::max(start, input.start->us);
    if (end <= start) continue;
    sums.add(state, unboxed<T>(input.values[i].x), end - start);
    span += end - start;
    if (++count <= kShownMax)
      terms += fmt::format("{}{} for {}", count > 1 ? ", " : "", shown(input.values[i].x), shown_span(end - start));
  }
  if (count > kShownMax) terms += fmt::format(", … {} more", count - kShownMax);
  if (span == 0) return {{}, {"no value has held for any time yet: null"}};
  Slot slot = 0;
  const Value value = sums.write(state, span, slot) ? boxed(slot, ScalarType::kDouble) : Value{};
  return {value, {terms, fmt::format("time_weighted_mean = Σ x·d / Σ d over {} = {}", shown_span(span), shown(value))}};
}

}  // namespace

Outcome times_outcome(const Aggregated& input) {
  if (input.aggregation == Aggregation::kEwma) return ewma_outcome(input);
  return input.types[0] == ScalarType::kInt64 ? time_weighted_outcome<int64_t>(input)
                                              : time_weighted_outcome<double>(input);
}

}  // namespace headrace
