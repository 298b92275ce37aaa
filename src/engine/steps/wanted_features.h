#pragma once

/// Which features a step has to compute so that some of them can be read.

#include "engine/layout/layout.h"

#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

/// By plan feature: those asked for, those that they use, those that some series uses, and whatever is read from the state
/// of one of them. Lifetime states are all wanted: each takes its events in when it runs, so that it may not miss a step.
/// REQUIRES: the layout has the features.
std::vector<uint8_t> wanted_features(const Layout& layout, std::span<const size_t> asked);

}  // namespace headrace
