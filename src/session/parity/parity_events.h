#pragma once

/// The events of the entities that parity looks at: those that a server took, with what became of them, and those of files.
///
/// Values of both sides are computed of such events, and differences between the two are what causes are found in. Rows of
/// other entities are passed over while reading, so memory is that of the sample.
///
/// Not thread-safe.

#include "engine/batch/batch.h"
#include "engine/stream/entity_stream.h"
#include "engine/stream/event_log.h"
#include "io/json/json_events.h"
#include "session/project/session.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// One event of an entity in the sample.
struct ParityEvent {
  std::shared_ptr<const Batch> batch;  // the columns of the source's request
  int64_t row = 0;
  EventTime time;
  uint64_t position = 0;  // of its push, of a replay replay_position(); 0 of files
  uint32_t lane = 0;
  bool is_late = false;       // behind the watermark: left out
  bool has_bad_cell = false;  // null instead of what could not be read
};

/// A row that was left out for what it holds.
struct ParityBadRow {
  uint64_t position = 0;
  std::string record;
  std::string problem;
};

struct ParitySource {
  std::string name;
  SourceRequest request;
  std::map<std::string, std::vector<ParityEvent>> events;  // by key_text(), in order of arrival
  std::vector<ParityBadRow> bad;                           // the first kBadRowsMax
  int64_t count = 0;                                       // events, also those that are not in the sample

  static constexpr size_t kBadRowsMax = 10'000;
};

/// Of one entity.
struct ParityEvents {
  size_t entity = 0;                    // of the plan
  std::vector<ScalarType> key_types;    // texts where nothing declares them, whatever the events have
  std::vector<ParitySource> sources;    // as source_requests() has them for all features of the entity
  std::vector<ScalarType> asked_types;  // of keys, as the server has them; empty: no event came
  bool is_replay = false;
  /// Events up to here may be missing, as they are no longer kept; nothing: none is.
  std::optional<EventTime> forgotten_to;
};

/// What stands for the position of an event that a replay brought when its clock was there.
uint64_t replay_position(EventTime clock);

/// Which entities are looked at, by key_text().
using KeyFilter = std::function<bool(const std::string&)>;

/// The values of an entity's keys as one text, by which both sides know it, whatever types they have the keys in.
std::string key_text(const std::vector<Value>& key);
std::vector<std::string> key_parts(const std::string& text);

std::string key_text_of(const Batch& batch, size_t keys, int64_t row);

/// Without events yet.
ParityEvents parity_events_of(const Plan& plan, size_t entity);
/// Rows in buffers of their own, with keys of the types of ParityEvents.
std::shared_ptr<const Batch> kept_rows(const SourceRequest& request, const Batch& batch,
                                       const std::vector<int64_t>& rows);

std::vector<size_t> features_of_entity(const Plan& plan, size_t entity);

/// Judges the events of a log, or of a replay, once more: late or not, as they were when they came.
class JudgedEvents {
 public:
  /// Plan and filter live longer. `options`: those of the server.
  JudgedEvents(const Plan& plan, size_t entity, const StreamOptions& options, KeyFilter filter);
  ~JudgedEvents();

  /// Pushes of the log in order of their positions; those of other entities are passed over.
  Status take(uint64_t position, const LoggedPush& push);
  /// Rows of a replay.
  Status take(const std::string& source, const Batch& batch, int64_t now);
  /// So far, not yet in order of lanes.
  const ParityEvents& events() const { return events_; }
  ParityEvents finish() &&;

 private:
  struct Stream;
  struct Came {
    uint64_t position = 0;
    uint32_t lane = 0;
    std::vector<uint8_t> bad_cells = {};   // by row; empty: none has one
    std::vector<uint64_t> positions = {};  // by row; empty: all have the one
  };
  Status judge(size_t source, const Batch& batch, const Came& came);

  const std::unique_ptr<Stream> stream_;
  const KeyFilter filter_;
  ParityEvents events_;
  std::vector<std::unique_ptr<JsonEvents>> readers_;  // by source
  std::map<std::string, int64_t> newest_;             // of a replay, by source
  int64_t now_ = kTimeMin;
};

/// The events of the files of the entity's sources. Sources without files have none.
Result<ParityEvents> events_of_files(const Session& session, const Plan& plan, size_t entity, const KeyFilter& filter);

/// Which events of which source stand for a side, in their order: of each source of the entity, by place.
using ChosenEvents = std::vector<std::vector<const ParityEvent*>>;

/// A place at which values are wanted.
struct ParityPlace {
  std::string key;  // key_text()
  EventTime at;
};

/// What the batch engine computes of the events at the places: for each a value for each feature of the entity, in order
/// of features_of_entity(). Keys that do not fit `key_types` have null values.
Result<std::vector<std::vector<Value>>> batch_values(const Plan& plan, const ParityEvents& like,
                                                     const ChosenEvents& events,
                                                     const std::vector<ParityPlace>& places);

}  // namespace headrace
