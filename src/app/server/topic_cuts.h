#pragma once

/// Cuts between files and streams that nobody names: from when on a topic is complete, as its broker tells. It is asked once, for
/// a store that has no cut of the source yet; from then on the store knows.

#include "app/server/serve_options.h"

namespace headrace {

/// Moves StreamSettings::topic_cuts into LiveOptions::cuts, and tells from when on topics are complete. Asks brokers. An Error where
/// that cannot be known. REQUIRES: the settings have the log; null is a replay's, which has none of these.
Status find_topic_cuts(const ServedEnvironment& environment, const ServeOptions& options, const Session& session,
                       StreamSettings& settings);

}  // namespace headrace
