#pragma once

/// Which events a run can leave unread because no result looks back to them.

#include "engine/layout/layout.h"
#include "engine/steps/step.h"

#include <vector>

namespace headrace {

/// For each layout source: events before this time change no result of the rule (kTimeMin: all may). A schedule that
/// computes day after day then reads a day and what its windows reach back to, not the whole past.
///
/// Everything is read where an exponentially weighted mean is computed, because the digits of that follow the events
/// which came before the window; and of driving sources under a grid, since a grid begins with an entity's first event.
std::vector<int64_t> needed_times(const Layout& layout, const InstantRule& rule);

}  // namespace headrace
