#pragma once

/// Why a live feature has its value: the events of the entity that were accepted, out of the log, and what became of them.

#include "engine/stream/entity_stream.h"
#include "engine/stream/event_log.h"
#include "explain/explain.h"
#include "plan/plan.h"
#include "session/live/stream_cut.h"
#include "session/project/source_places.h"

#include <string>
#include <vector>

namespace headrace {

struct LiveExplainQuestion {
  size_t feature = 0;             // of the plan
  std::vector<std::string> keys;  // of the entity, in their order, as people write them
  EventTime at;
  uint64_t first = 0;                    // the first push that the log still has; what was before it is remarked on
  StreamCuts cuts = {};                  // of sources that were filled from their files
  const SourcePlaces* places = nullptr;  // where those lie; null: nowhere. They live longer.
};

/// Reads the whole log, and files up to the cuts, and judges its events once more, as they were judged when they came; keeps those of the entity.
/// Holds nothing up: the log may grow meanwhile. A key that does not fit the type that the events have is a usage error.
Result<Explanation> explain_live(const Plan& plan, const EventLog& log, const StreamOptions& options,
                                 const LiveExplainQuestion& question);

}  // namespace headrace
