#pragma once

/// The topics of an environment behind the server.

#include "app/server/served_features.h"
#include "session/project/environment.h"

namespace headrace {

/// Reads the topic of each source with `stream.kafka` into the values, from where the log's positions say; of an environment
/// without `kafka` none. Where a broker cannot be reached, that is told by the status, and it is tried again.
Status feed_topics(const ServedEnvironment& environment, const EventLog& log, ServedFeatures& values);

}  // namespace headrace
