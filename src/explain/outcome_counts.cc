#include "compute/aggregates/hyper_log_log.h"
#include "compute/aggregates/log_buckets.h"
#include "data/text_pool.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"
#include "explain/shown.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

struct ByValue {
  bool operator()(const Value& a, const Value& b) const { return is_less(a, b); }
};

/// How often each value occurs: by falling count, then by value.
std::vector<std::pair<Value, int64_t>> ranked(const std::vector<UsedValue>& values) {
  std::map<Value, int64_t, ByValue> counts;
  for (const UsedValue& value : values) ++counts[value.x];
  std::vector<std::pair<Value, int64_t>> out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

/// "\"run\" 3 times, \"stop\" once", the first few of them.
std::string ranking_text(const std::vector<std::pair<Value, int64_t>>& ranking) {
  constexpr size_t kShownMax = 5;
  std::string out;
  for (size_t i = 0; i < std::min(ranking.size(), kShownMax); ++i) {
    const auto& [value, count] = ranking[i];
    out +=
        fmt::format("{}{} {}", i > 0 ? ", " : "", shown(value), count == 1 ? "once" : fmt::format("{} times", count));
  }
  if (ranking.size() > kShownMax) out += fmt::format(", … {} more", ranking.size() - kShownMax);
  return out;
}

Outcome ranking_outcome(const Aggregated& input) {
  const auto ranking = ranked(input.values);
  const std::string_view name = to_string(input.aggregation);
  if (input.aggregation == Aggregation::kCountDistinct) {
    const auto count = static_cast<int64_t>(ranking.size());
    return {Value{count}, {fmt::format("count_distinct = {}: {}", count, ranking_text(ranking))}};
  }
  std::string step = fmt::format("by count, then value: {}", ranking_text(ranking));
  if (input.aggregation == Aggregation::kMode) {
    return {ranking.front().first, {std::move(step), fmt::format("mode = {}", shown(ranking.front().first))}};
  }
  Value::List top;
  for (size_t i = 0; i < std::min(ranking.size(), static_cast<size_t>(input.params.k)); ++i)
    top.push_back(ranking[i].first);
  const Value value{std::move(top)};
  return {value, {std::move(step), fmt::format("{} = {}", name, shown(value))}};
}

Outcome truth_outcome(const Aggregated& input) {
  const auto trues = std::count_if(input.values.begin(), input.values.end(),
                                   [](const UsedValue& value) { return std::get<bool>(value.x.data); });
  const bool is_any = input.aggregation == Aggregation::kAny;
  const bool value = is_any ? trues > 0 : trues == static_cast<int64_t>(input.values.size());
  return {
      Value{value},
      {fmt::format("{} of {} true: {} = {}", trues, value_count(input.values.size()), is_any ? "any" : "all", value)}};
}

Outcome histogram_outcome(const Aggregated& input) {
  const std::vector<double>& edges = input.params.edges;
  std::vector<int64_t> counts(edges.size() - 1);
  for (const UsedValue& used : input.values) {
    const double x = as_double(used.x);
    const auto after = static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin());
    if (after > 0 && after < edges.size()) ++counts[after - 1];
    if (x == edges.back()) ++counts.back();
  }
  Value::List list;
  std::string step;
  for (size_t i = 0; i < counts.size(); ++i) {
    list.emplace_back(Value{counts[i]});
    step += fmt::format("{}[{}, {}{}: {}", i > 0 ? "; " : "", format_double(edges[i]), format_double(edges[i + 1]),
                        i + 1 < counts.size() ? ")" : "]", counts[i]);
  }
  return {Value{std::move(list)}, {std::move(step)}};
}

template <typename T, typename Unbox>
Value estimate(const Aggregated& input, const Unbox& unbox) {
  const HyperLogLogAggregate<T> aggregate;
  auto state = aggregate.identity();
  for (const UsedValue& value : input.values) aggregate.update(state, unbox(value.x), value.time);
  Slot slot = 0;
  return aggregate.write(state, input.aggregation, input.params, slot) ? boxed(slot, ScalarType::kInt64) : Value{};
}

Outcome distinct_estimate(const Aggregated& input) {
  TextPool texts;
  Value value;
  if (input.types[0] == ScalarType::kString) {
    value = estimate<Text>(input, [&](const Value& x) { return texts.intern(std::get<std::string>(x.data)); });
  } else if (input.types[0] == ScalarType::kDouble) {
    value = estimate<double>(input, unboxed<double>);
  } else {
    value = estimate<int64_t>(input, unboxed<int64_t>);
  }
  return {value, {fmt::format("approx_count_distinct = {}; exactly {}", shown(value), ranked(input.values).size())}};
}

template <typename T>
Value bucket_percentile(const Aggregated& input) {
  const LogBucketsAggregate<T> aggregate;
  auto state = aggregate.identity();
  for (const UsedValue& value : input.values) aggregate.update(state, unboxed<T>(value.x), value.time);
  Slot slot = 0;
  return aggregate.write(state, input.aggregation, input.params, slot) ? boxed(slot, ScalarType::kDouble) : Value{};
}

Outcome percentile_estimate(const Aggregated& input) {
  const Value value =
      input.types[0] == ScalarType::kInt64 ? bucket_percentile<int64_t>(input) : bucket_percentile<double>(input);
  Aggregated exact = input;
  exact.aggregation = Aggregation::kPercentile;
  return {value,
          {fmt::format("{} = {}; exactly {}", aggregation_text(input.aggregation, input.params), shown(value),
                       shown(order_outcome(exact).value))}};
}

}  // namespace

Outcome counts_outcome(const Aggregated& input) {
  const Aggregation which = input.aggregation;
  if (which == Aggregation::kAny || which == Aggregation::kAll) return truth_outcome(input);
  if (which == Aggregation::kHistogram) return histogram_outcome(input);
  if (which == Aggregation::kApproxCountDistinct) return distinct_estimate(input);
  if (which == Aggregation::kApproxPercentile) return percentile_estimate(input);
  return ranking_outcome(input);
}

}  // namespace headrace
