#pragma once

/// What live features keep in the checkpoint of their log: the states of each entity, the marks of live_mark.h, the cuts
/// between files and streams with rows of files that no state holds yet, the keys of pushes and ids of messages, and which
/// entities rest beside it.

#include "engine/stream/event_log.h"
#include "engine/stream/stored_stream.h"
#include "session/live/live_mark.h"
#include "session/live/stream_cut.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Keys of an entity that its states lack, since the log has them by themselves.
struct LiveCheckpointResting {
  uint64_t generation = 0;
  int64_t keys = 0;
};

struct LiveCheckpoint {
  struct OfEntity {
    StoredStream stream;
    std::vector<FilledRows> rows;                                 // of files, beside the states
    std::string repeats;                                          // of Repeats
    std::optional<LiveCheckpointResting> resting = std::nullopt;  // nothing: none of it ever rested
  };

  uint64_t next = 0;
  uint64_t replay_from = 0;
  uint64_t keep_from = 0;
  std::deque<LiveMark> marks;  // not empty; one is of replay_from
  StreamCuts cuts;
  std::map<std::string, OfEntity> entities;  // by name
  std::map<std::string, std::string> ids;    // of MessageIds, by source
  // To be written with it:
  std::vector<RestingRow> rows = {};
  std::map<std::string, uint64_t> first_generations = {};
};

/// Nothing where the log has none, and where it has one of another form beside all pushes, so that nobody needs it. Without
/// the pushes kConflict; bytes that cannot be read are kData.
Result<std::optional<LiveCheckpoint>> read_live_checkpoint(const EventLog& log);

LogCheckpoint to_log(LiveCheckpoint checkpoint);

}  // namespace headrace
