#include "plan/reach.h"

#include <algorithm>

namespace headrace {
namespace {

/// How far before an instant; kEver: any distance.
constexpr int64_t kNever = -1;
constexpr int64_t kEver = INT64_MAX;

int64_t sum(int64_t reach, int64_t more) {
  int64_t total = 0;
  return __builtin_add_overflow(reach, more, &total) ? kEver : total;
}

/// A value that holds until the next (time-weighted) may have entered long before the window.
int64_t reach_of(const StateNode& state, Aggregation aggregation) {
  if (aggregation == Aggregation::kTimeWeightedMean) return kEver;
  switch (state.window.kind) {
    case WindowSpec::Kind::kSize: return sum(state.window.size.us, state.window.offset.us);
    case WindowSpec::Kind::kTumbling: return sum(state.window.size.us, state.window.size.us);
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kSession:
    case WindowSpec::Kind::kLifetime: return kEver;
  }
  return kEver;
}

}  // namespace

std::vector<std::optional<Duration>> reach_of_sources(const Plan& plan, const std::vector<size_t>& features) {
  std::vector<int64_t> asked(plan.features.size(), kNever);  // of each feature: how long before an instant it is asked
  std::vector<int64_t> reach(plan.sources.size(), 0);
  for (size_t feature : features) asked[feature] = 0;
  // Users come after what they use, so one pass from the end reaches everything.
  for (size_t i = plan.features.size(); i-- > 0;) {
    if (asked[i] == kNever) continue;
    const PlanFeature& feature = plan.features[i];
    int64_t used = asked[i];
    if (!feature.is_derived()) {
      const StateNode& state = plan.states[feature.state];
      used = sum(used, reach_of(state, *feature.aggregation));
      int64_t& source = reach[plan.series[state.series].source];
      source = std::max(source, used);
    }
    for (size_t each : feature.uses) asked[each] = std::max(asked[each], used);
  }
  std::vector<std::optional<Duration>> out;
  for (int64_t each : reach) out.push_back(each == kEver ? std::nullopt : std::optional(Duration{each}));
  return out;
}

std::vector<bool> features_for_ever(const Plan& plan) {
  std::vector<bool> out(plan.features.size());
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    const bool is_own = !feature.is_derived() && reach_of(plan.states[feature.state], *feature.aggregation) == kEver;
    out[i] = is_own || std::ranges::any_of(feature.uses, [&](size_t used) { return out[used]; });
  }
  return out;
}

}  // namespace headrace
