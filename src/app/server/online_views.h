#pragma once

/// Which entities of live features go into an online store, as what there.

#include "online_store/redis_store.h"
#include "session/live/live_features.h"

#include <string>
#include <vector>

namespace headrace {

struct OnlineViews {
  std::vector<OnlineView> views;
  std::vector<size_t> entities;  // of the plan, by view
  std::vector<std::string> warnings;
};

/// Entities whose keys Feast has no form for, and those of which two features would be one field, are left out with a
/// warning.
OnlineViews online_views(const LiveFeatures& live);

}  // namespace headrace
