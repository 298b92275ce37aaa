#pragma once

/// Values and events behind the server: what requests for them hold, and who answers them.

#include "data/json/json_texts.h"
#include "engine/meter/meter_report.h"
#include "serving/api/api_error.h"
#include "serving/api/entity_status.h"
#include "serving/api/kept_pushes.h"
#include "serving/api/metric_registry.h"
#include "serving/api/operations.h"
#include "serving/api/ownership_status.h"
#include "serving/api/shared_texts.h"
#include "serving/api/source_status.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

/// The key columns of one entity with their values, as JSON gave them: times are texts.
using EntityKey = std::vector<std::pair<std::string, Value>>;

struct ReadRequest {
  SharedTexts features;
  std::vector<EntityKey> entities;
  std::optional<EventTime> as_of;
  std::optional<bool> is_logged;  // false: not for the feature log
  bool may_wait = true;           // for a disk; not of the body
};

template <typename Fields>
void describe(Fields& fields, const ReadRequest*) {
  fields.name("ReadRequest", "which features of which entities");
  fields.required("features", &ReadRequest::features, {.text = "names, of one entity or of several"});
  fields.required("entities", &ReadRequest::entities,
                  {.text = "the key columns of each, such as {\"pump_id\": \"p7\"}"});
  fields.optional("as_of", &ReadRequest::as_of, {.text = "the values as of this instant; absent: of now"});
  fields.optional("log", &ReadRequest::is_logged, {.text = "false: this read is not for the feature log"});
}

struct ServedValue {
  Value value;
  std::optional<EventTime> event_time;
  std::optional<double> age_seconds;
  SharedText null_reason;
};

template <typename Fields>
void describe(Fields& fields, const ServedValue*) {
  fields.name("Value", "a feature of an entity at an instant");
  fields.required("value", &ServedValue::value);
  fields.required("event_time", &ServedValue::event_time,
                  {.text = "of the entity's newest event in the feature's source; null: of none"});
  fields.required("age_seconds", &ServedValue::age_seconds, {.text = "from `event_time` to `as_of`; null: of none"});
  fields.required("null_reason", &ServedValue::null_reason, {.text = "why the value is null; null: it is not"});
}

struct ReadRow {
  EntityKey entity;
  std::vector<ServedValue> values;
};

template <typename Fields>
void describe(Fields& fields, const ReadRow*) {
  fields.name("Row", "the values of one entity");
  fields.required("entity", &ReadRow::entity, {.text = "as it was asked for"});
  fields.required("values", &ReadRow::values, {.text = "in the order of `features`"});
}

struct ReadAnswer {
  EventTime as_of;
  SharedTexts features;
  SharedTexts versions;             // of the features
  std::vector<ReadRow> rows;        // in the order of the request's entities
  std::optional<int64_t> position;  // of the store
  bool waits = false;               // nothing was read: it would have waited for a disk
};

template <typename Fields>
void describe(Fields& fields, const ReadAnswer*) {
  fields.name("ReadAnswer", "a row for each entity, in the order of the request");
  fields.required("as_of", &ReadAnswer::as_of, {.text = "the instant of the values"});
  fields.required("features", &ReadAnswer::features);
  fields.required("versions", &ReadAnswer::versions, {.text = "of the features, in their order"});
  fields.required("rows", &ReadAnswer::rows);
  fields.optional("position", &ReadAnswer::position,
                  {.text = "the first push that the values lack, as /v1/sources/{name}/pushes counts them; absent: no "
                           "events are kept"});
}

enum class EventsForm { kJsonArray, kNdjson };

/// Events as they came; the text has been looked at by nobody.
struct PushRequest {
  std::string_view source;
  EventsForm form = EventsForm::kNdjson;
  std::string_view text;
  std::optional<std::string_view> idempotency_key;
};

struct PushAnswer {
  int64_t accepted = 0;
  int64_t late = 0;
  int64_t ahead = 0;
  int64_t unreadable = 0;
  int64_t too_far_ahead = 0;
  int64_t covered = 0;
  std::optional<EventTime> watermark;
  bool is_repeated = false;
  std::string help;
};

template <typename Fields>
void describe(Fields& fields, const PushAnswer*) {
  fields.name("PushAnswer", "what became of the events");
  fields.required("accepted", &PushAnswer::accepted, {.text = "kept, and durable as the server is set up"});
  fields.required("late", &PushAnswer::late, {.text = "before the watermark: left out"});
  fields.required("ahead", &PushAnswer::ahead, {.text = "of the accepted ones: seen when their time has come"});
  fields.required("unreadable", &PushAnswer::unreadable, {.text = "without a key or a time, or no JSON: left out"});
  fields.required("too_far_ahead", &PushAnswer::too_far_ahead,
                  {.text = "of the clock, by more than `max_ahead`, or more than may wait: left out"});
  fields.required("covered", &PushAnswer::covered,
                  {.text = "before the time up to which the source was filled from its files: those have them"});
  fields.required("watermark", &PushAnswer::watermark,
                  {.text = "up to which instant values are final; null: none yet"});
  fields.required("repeated", &PushAnswer::is_repeated,
                  {.text = "the same had come under this Idempotency-Key: nothing was taken again"});
  fields.required("help", &PushAnswer::help, {.text = "what to do where events were not accepted; may be empty"});
}

/// Whose events, states and rows are to be removed.
struct ForgetRequest {
  EntityKey key;
};

template <typename Fields>
void describe(Fields& fields, const ForgetRequest*) {
  fields.name("ForgetRequest", "an entity by its key");
  fields.required("key", &ForgetRequest::key, {.text = "its key columns, such as {\"pump_id\": \"p7\"}"});
}

struct ExplainQuestion {
  std::string feature;
  EntityKey entity;
  std::optional<EventTime> as_of;  // nothing: now
};

inline bool has_to_wait(const ApiOr<ReadAnswer>& answer) {
  const auto* read = std::get_if<ReadAnswer>(&answer);
  return read != nullptr && read->waits;
}

/// Which events of a source that were left out.
struct LeftOutRequest {
  std::string source;
  std::string after;  // `next` of the answer before; empty: from the oldest on
  int64_t limit = 100;
};

struct LeftOutRecord {
  EventTime came_at;
  std::string reason;
  std::string problem;
  std::string record;
  bool is_base64 = false;
  int64_t lane = 0;
  std::optional<int64_t> offset;
};

template <typename Fields>
void describe(Fields& fields, const LeftOutRecord*) {
  fields.name("LeftOutEvent", "an event that was not taken in");
  fields.required("came_at", &LeftOutRecord::came_at, {.text = "the server's time when it came"});
  fields.required(
      "reason", &LeftOutRecord::reason,
      {.text = "late, unreadable or ahead: farther ahead of the clock than `max_ahead`, or more than may wait"});
  fields.required("problem", &LeftOutRecord::problem);
  fields.required("record", &LeftOutRecord::record, {.text = "the event as it came"});
  fields.required("base64", &LeftOutRecord::is_base64, {.text = "`record` is in Base64: it is no UTF-8"});
  fields.required("lane", &LeftOutRecord::lane, {.text = "the partition of its topic; 0 for pushes"});
  fields.optional("offset", &LeftOutRecord::offset, {.text = "in its topic; absent for pushes"});
}

struct LeftOutAnswer {
  std::string source;
  std::vector<LeftOutRecord> events;
  std::optional<std::string> next;
};

template <typename Fields>
void describe(Fields& fields, const LeftOutAnswer*) {
  fields.name("LeftOutEvents", "events of a source that were not taken in, in the order in which they came");
  fields.required("source", &LeftOutAnswer::source);
  fields.required("events", &LeftOutAnswer::events);
  fields.required("next", &LeftOutAnswer::next, {.text = "for `after` of the next request; null: these are the last"});
}

/// A copy of the store.
struct BackupAnswer {
  std::string folder;
  int64_t pushes = 0;
};

template <typename Fields>
void describe(Fields& fields, const BackupAnswer*) {
  fields.name("Backup", "a copy of the store, whole as of one instant");
  fields.required("folder", &BackupAnswer::folder, {.text = "on the server's machine"});
  fields.required("pushes", &BackupAnswer::pushes, {.text = "that the copy has or its states know of, at least"});
}

/// What a reload of the definitions has done.
struct ReloadAnswer {
  std::string project;
  int64_t features = 0;
  std::string version;
  std::vector<ApiDiagnostic> diagnostics;
};

template <typename Fields>
void describe(Fields& fields, const ReloadAnswer*) {
  fields.name("ReloadAnswer", "the definitions that hold now");
  fields.required("project", &ReloadAnswer::project);
  fields.required("features", &ReloadAnswer::features, {.text = "how many are served"});
  fields.required("version", &ReloadAnswer::version, {.text = "another one where the meaning of a feature is another"});
  fields.required("diagnostics", &ReloadAnswer::diagnostics, {.text = "warnings"});
}

/// What values cost, for metrics.
struct LiveCosts {
  const Histogram* commits = nullptr;  // how long writes of the log took; lives as long as the values; null: no log
  int64_t state_bytes = 0;             // windows and events in memory
  int64_t unsettled = 0;               // events that may still change
};

/// Thread-safe: requests of several connections come at the same time.
class LiveValues {
 public:
  virtual ~LiveValues() = default;
  /// REQUIRES: the request names features of the catalog only. An `as_of` before what is kept is an ApiError of the code
  /// `out_of_history` with `earliest`. Answers a row for each entity, with a value for each feature. Waits for a disk only for
  /// entities that are not in memory, and where the request may not, it says so instead.
  virtual ApiOr<ReadAnswer> read(const ReadRequest& request) = 0;
  /// Returns when the events are as durable as the server promises; may wait. Under pressure an ApiError of status 429.
  virtual ApiOr<PushAnswer> push(const PushRequest& request) = 0;
  virtual std::vector<SourceStatus> sources() = 0;
  /// The time by which reads go.
  virtual EventTime now() const = 0;
  /// Why a feature of the catalog has its value, what `headrace explain` tells, as JSON; may wait.
  virtual ApiOr<std::string> explain(const ExplainQuestion& question) = 0;
  /// Events that were not taken in, as they came; may wait.
  virtual ApiOr<LeftOutAnswer> left_out(const LeftOutRequest& request) = 0;
  /// Makes a copy of the store beside it; may wait.
  virtual ApiOr<BackupAnswer> backup() = 0;
  /// What was pushed to a source of the catalog; may wait.
  virtual ApiOr<PushPage> pushes(const PushesQuestion& question) = 0;
  /// A source takes nothing until it is resumed, also after a start, and does not become idle; may wait.
  virtual ApiOr<SourceChange> pause_source(const std::string& source) = 0;
  /// `skips`: the message that stopped it is left out.
  virtual ApiOr<SourceChange> resume_source(const std::string& source, bool skips) = 0;
  /// Judges messages again that had been left out; may wait for the broker.
  virtual ApiOr<SourceChange> rewind_source(const RewindRequest& request) = 0;
  /// Removes all that is kept of an entity; may wait long. What comes afterwards is of an entity that begins anew.
  virtual ApiOr<ForgetAnswer> forget_entity(const ForgetRequest& request) = 0;
  /// Nothing: no reads are logged.
  virtual std::optional<FeatureLogStatus> feature_log() { return std::nullopt; }
  /// How far a reload is that fills other definitions from files; nothing: there is none.
  virtual std::optional<std::string> reload_progress() { return std::nullopt; }
  virtual LiveCosts costs() = 0;
  virtual std::vector<EntityStatus> entities() { return {}; }
  /// Nothing: nothing is kept.
  virtual std::optional<StoreStatus> store() { return std::nullopt; }
  /// What the features took since the server's start.
  virtual MeterReport meter() = 0;
  /// Nothing: there is none.
  virtual std::optional<OnlineStoreStatus> online_store() { return std::nullopt; }
  virtual std::optional<OnlineStoreStatus> values_file() { return std::nullopt; }
  /// Nothing: the server is the only one of its environment.
  virtual std::optional<OwnershipStatus> ownership() { return std::nullopt; }
  /// Why values cannot be read yet; empty when they can.
  virtual std::string not_ready_reason() = 0;
};

}  // namespace headrace
