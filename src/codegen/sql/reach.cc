#include "codegen/sql/reach.h"

#include <algorithm>

namespace headrace::sql {
namespace {

/// Some nine thousand years: what reaches farther back than any event has no bound.
constexpr int64_t kReachMax = 300'000'000'000'000'000;

std::optional<int64_t> sum_of(std::optional<int64_t> a, std::optional<int64_t> b) {
  if (!a || !b || *a > kReachMax - *b) return std::nullopt;
  return *a + *b;
}

void take_farther(Reach& reach, size_t source, std::optional<int64_t> us) {
  const auto [found, is_added] = reach.emplace(source, us);
  if (is_added) return;
  const bool has_bound = found->second && us;
  found->second = has_bound ? std::optional(std::max(*found->second, *us)) : std::nullopt;
}

std::optional<int64_t> reach_of_window(const PlanFeature& feature, const WindowSpec& window) {
  // The value that holds at the beginning of the window is that of an event before it.
  if (feature.aggregation == Aggregation::kTimeWeightedMean) return std::nullopt;
  switch (window.kind) {
    case WindowSpec::Kind::kSize: return sum_of(window.size.us, window.offset.us);
    case WindowSpec::Kind::kTumbling: return sum_of(window.size.us, window.size.us);
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kSession:
    case WindowSpec::Kind::kLifetime: break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Reach> reaches_of(const Plan& plan) {
  std::vector<Reach> out(plan.features.size());
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    std::optional<int64_t> own = 0;
    if (!feature.is_derived()) {
      own = reach_of_window(feature, plan.state_of(feature).window);
      take_farther(out[i], plan.series_of(feature).source, own);
    }

    // What it uses is asked for at the events of its window, which reaches back from each of them.
    for (const size_t used : feature.uses)
      for (const auto& [source, us] : out[used]) take_farther(out[i], source, sum_of(own, us));
  }
  return out;
}

Reach reach_of_all(const Plan& plan, const std::vector<Reach>& reaches, const std::vector<size_t>& features) {
  Reach out;
  for (const size_t index : features) {
    take_farther(out, plan.features[index].source, 0);
    for (const auto& [source, us] : reaches[index]) take_farther(out, source, us);
  }
  return out;
}

}  // namespace headrace::sql
