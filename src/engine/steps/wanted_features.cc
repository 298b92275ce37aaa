#include "engine/steps/wanted_features.h"

#include "engine/states/kernels.h"

#include <algorithm>
#include <ranges>

namespace headrace {

std::vector<uint8_t> wanted_features(const Layout& layout, std::span<const size_t> asked) {
  const Plan& plan = *layout.plan;
  std::vector<uint8_t> wanted(layout.features.size());
  for (size_t f : asked) wanted[f] = 1;
  for (size_t f = 0; f < wanted.size(); ++f) wanted[f] |= layout.features[f].is_used_in_series ? 1 : 0;

  // Features come after those that they use, so that one walk backwards finds all of them.
  for (const size_t f : std::views::iota(size_t{0}, wanted.size()) | std::views::reverse) {
    if (!wanted[f] || !plan.features[f].is_derived()) continue;
    for (size_t used : plan.features[f].uses) wanted[used] = 1;
  }

  for (const WorkItem& item : layout.work) {
    if (item.kind != WorkItem::Kind::kState) continue;
    const std::vector<size_t>& readers = layout.states[item.index].features;
    const bool is_wanted = !needs_ring(plan.states[item.index].window) ||
                           std::any_of(readers.begin(), readers.end(), [&](size_t f) { return wanted[f] != 0; });
    for (size_t f : readers) wanted[f] |= is_wanted ? 1 : 0;
  }
  return wanted;
}

}  // namespace headrace
