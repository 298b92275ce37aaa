#pragma once

/// Entities that were forgotten: how their events leave the log, and what stays of them.
///
/// An event that is taken out of a push leaves its time, so that all others are judged by the watermark as they were, and are
/// counted as they were. Everything else of it goes: from the push, from the side output, from the states of the checkpoint.
///
///   log.note("forget N")    entity, key, how far it is
///
/// The note is there before anything goes and until all has gone, so that a start goes on where a killed server ended. What comes
/// once the store is done is of an entity that begins anew.

#include "data/value.h"
#include "engine/stream/entity_stream.h"
#include "engine/stream/event_log.h"
#include "io/json/json_events.h"
#include "session/live/live_features.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headrace {

struct ForgottenEntity {
  /// What is still to be done: that, and all that follow.
  enum class Stage : uint8_t { kStore, kFeatureLog, kOnlineStore };

  std::string entity;
  std::vector<std::string> columns;  // of the key
  std::vector<Value> key;
  Stage stage = Stage::kStore;
};

/// The notes of a log, by their numbers. One that cannot be read is data.
Result<std::map<uint64_t, ForgottenEntity>> forgotten_entities(const EventLog& log);
Status note_forgotten(EventLog& log, uint64_t number, const ForgottenEntity& entity);
Status end_forgotten(EventLog& log, uint64_t number);
/// Notes have the keys of what was forgotten: their bytes go off the disk. At a start, for a kill may have been in between.
Status remove_forget_traces(EventLog& log);

/// Takes the entity's events out of all pushes from a number on and out of the side outputs. REQUIRES: nothing is appended.
Status forget_events(const Plan& plan, EventLog& log, uint64_t from, const ForgottenEntity& entity,
                     ForgottenCounts& counts);

/// The events of a push in pieces, with the times of those that were forgotten between them.
struct PieceOfPush {
  std::vector<int64_t> gone;  // times, before the batch
  Batch batch;                // no rows: there were none behind the last of these
};
std::vector<PieceOfPush> pieces_of(const DecodedEvents& events, std::span<const ForgottenEvent> forgotten);

}  // namespace headrace
