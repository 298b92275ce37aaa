#include "engine/batch/needed_times.h"

#include "plan/reach.h"

namespace headrace {
namespace {

bool computes_ewma(const Layout& layout) {
  for (size_t i = 0; i < layout.plan->features.size(); ++i) {
    if (layout.features[i].is_needed && layout.plan->features[i].aggregation == Aggregation::kEwma) return true;
  }
  return false;
}

}  // namespace

std::vector<int64_t> needed_times(const Layout& layout, const InstantRule& rule) {
  std::vector<int64_t> out(layout.sources.size(), kTimeMin);
  if (rule.start == kTimeMin || computes_ewma(layout)) return out;
  const auto reach = reach_of_sources(*layout.plan, layout.outputs);
  for (size_t s = 0; s < out.size(); ++s) {
    const std::optional<Duration>& back = reach[layout.sources[s].plan_source];
    if (!back || (rule.every && layout.sources[s].is_driving)) continue;
    if (__builtin_sub_overflow(rule.start, back->us, &out[s])) out[s] = kTimeMin;
  }
  return out;
}

}  // namespace headrace
