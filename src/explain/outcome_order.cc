#include "compute/aggregates/percentile.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"
#include "explain/shown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

std::string event_text(const UsedValue& value) { return fmt::format("the event at {}", to_string(value.time)); }

/// larger − smaller in the type's own arithmetic.
Value difference(const Value& to, const Value& from, ScalarType type) {
  if (type == ScalarType::kDouble) {
    const double value = std::get<double>(to.data) - std::get<double>(from.data);
    return std::isfinite(value) ? Value{value + 0.0} : Value{};
  }
  int64_t value = 0;
  return __builtin_sub_overflow(std::get<int64_t>(to.data), std::get<int64_t>(from.data), &value) ? Value{}
                                                                                                  : Value{value};
}

const UsedValue& least(const std::vector<UsedValue>& values) {
  return *std::min_element(values.begin(), values.end(),
                           [](const UsedValue& a, const UsedValue& b) { return is_less(a.x, b.x); });
}

const UsedValue& greatest(const std::vector<UsedValue>& values) {
  return *std::max_element(values.begin(), values.end(),
                           [](const UsedValue& a, const UsedValue& b) { return is_less(a.x, b.x); });
}

Outcome one_of(const Aggregated& input, const UsedValue& chosen) {
  const std::string step = fmt::format("{} of {} = {}, of {}", to_string(input.aggregation),
                                       value_count(input.values.size()), shown(chosen.x), event_text(chosen));
  return {chosen.x, {step}};
}

Outcome some_of(const Aggregated& input) {
  const size_t count = std::min(input.values.size(), static_cast<size_t>(input.params.k));
  const size_t start = input.aggregation == Aggregation::kFirstK ? 0 : input.values.size() - count;
  Value::List list;
  for (size_t i = start; i < start + count; ++i) list.push_back(input.values[i].x);
  const std::string_view which = input.aggregation == Aggregation::kFirstK ? "first" : "last";
  const std::string step = fmt::format("the {} {} of {}, oldest first", which, count, value_count(input.values.size()));
  return {Value{std::move(list)}, {step}};
}

Outcome range_outcome(const Aggregated& input) {
  const Value low = least(input.values).x;
  const Value high = greatest(input.values).x;
  const Value value = difference(high, low, input.types[0]);
  return {value, {fmt::format("range = max − min = {} − {} = {}", shown(high), shown(low), shown(value))}};
}

Outcome change_outcome(const Aggregated& input) {
  const UsedValue& first = input.values.front();
  const UsedValue& last = input.values.back();
  const Value delta = difference(last.x, first.x, input.types[0]);
  const std::string step =
      fmt::format("delta = last − first = {} − {} = {}", shown(last.x), shown(first.x), shown(delta));
  if (input.aggregation == Aggregation::kDelta) return {delta, {step}};
  const int64_t width = last.time.us - first.time.us;
  if (width == 0) return {{}, {step, "first and last have the same time, so there is no rate"}};
  if (delta.is_null()) return {{}, {step}};
  const double seconds = static_cast<double>(width) / 1e6;
  const double rate = as_double(delta) / seconds;
  const Value value = std::isfinite(rate) ? Value{rate + 0.0} : Value{};
  return {
      value,
      {step, fmt::format("rate = delta / seconds = {} / {} = {}", shown(delta), format_double(seconds), shown(value))}};
}

Outcome percentile_outcome(const Aggregated& input) {
  std::vector<double> sorted;
  for (const UsedValue& value : input.values) sorted.push_back(as_double(value.x));
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<int64_t>(sorted.size());
  const double p = input.aggregation == Aggregation::kMedian ? 0.5 : input.params.p;
  Slot slot = 0;
  const auto at = [&](int64_t i) { return sorted[static_cast<size_t>(i)]; };
  const Value value = write_percentile(n, p, at, slot) ? boxed(slot, ScalarType::kDouble) : Value{};
  const double h = static_cast<double>(n - 1) * p;
  const auto low = static_cast<int64_t>(std::floor(h));
  std::string place =
      fmt::format("x sorted, from x[0] to x[{}]; h = (n − 1)·p = {}·{} = {:.6g}", n - 1, n - 1, format_double(p), h);
  if (h == std::floor(h)) return {value, {std::move(place), fmt::format("x[{}] = {}", low, shown(value))}};
  const std::string a = format_double(at(low));
  const std::string b = format_double(at(low + 1));
  return {value,
          {std::move(place), fmt::format("x[{}] + (x[{}] − x[{}])·{:.6g} = {} + ({} − {})·{:.6g} = {}", low, low + 1,
                                         low, h - std::floor(h), a, b, a, h - std::floor(h), shown(value))}};
}

}  // namespace

Outcome order_outcome(const Aggregated& input) {
  const Aggregation which = input.aggregation;
  if (which == Aggregation::kMin) return one_of(input, least(input.values));
  if (which == Aggregation::kMax) return one_of(input, greatest(input.values));
  if (which == Aggregation::kRange) return range_outcome(input);
  if (which == Aggregation::kFirst) return one_of(input, input.values.front());
  if (which == Aggregation::kLast) return one_of(input, input.values.back());
  if (which == Aggregation::kFirstK || which == Aggregation::kLastK) return some_of(input);
  if (which == Aggregation::kDelta || which == Aggregation::kRate) return change_outcome(input);
  return percentile_outcome(input);
}

}  // namespace headrace
