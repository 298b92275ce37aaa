#pragma once

/// The features of a repository over events that come now: what a server pushes into and reads from.
///
///   ASSIGN_OR_RETURN(auto live, LiveFeatures::open(session, {}));
///   live->push("pump_telemetry", R"({"pump_id": "p1", "event_time": "2024-03-01T00:00:00Z", ..})");
///   live->read({.features = {"flow_mean_24h"}, .entities = {{Value{"p1"}}}});
///
/// One stream of the engine for each entity, in memory. With a log a push returns once it is durable, and opening takes
/// the log's checkpoint and feeds the pushes since again, in their order and by their clock: the same state to the last
/// bit. After a write that failed nothing more is taken; reads go on.
///
/// Thread-safe: pushes and reads of one entity take turns.

#include "base/clock.h"
#include "base/result.h"
#include "data/value.h"
#include "engine/stream/entity_stream.h"
#include "engine/stream/event_feed.h"
#include "engine/stream/event_log.h"
#include "engine/stream/group_commit.h"
#include "explain/explain.h"
#include "io/files/bad_rows.h"
#include "session/live/changed_rows.h"
#include "session/live/fed_messages.h"
#include "session/live/live_mark.h"
#include "session/live/stream_cut.h"
#include "session/project/session.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct ForgottenEntity;

/// What was removed of entities that were forgotten, and what could not be judged.
struct ForgottenCounts {
  int64_t pushes = 0;      // that had events of it
  int64_t events = 0;      // in these, readable or not
  int64_t left_out = 0;    // in side outputs
  int64_t states = 0;      // keys whose states were stored
  int64_t not_judged = 0;  // texts that are no JSON and have the key somewhere in them: they stay
  int64_t not_read = 0;    // pushes of sources that no feature reads: they were not looked through
};

struct LiveOptions {
  /// After how long without an event a source does not hold back the others' final rows any more; nothing: never.
  std::optional<Duration> idle_after;
  std::map<std::string, std::optional<Duration>> idle_after_of;  // by source, instead
  /// How far ahead of the clock an event may be; nothing: as far as it likes.
  std::optional<Duration> max_ahead;
  std::map<std::string, std::optional<Duration>> max_ahead_of;  // by source, instead
  /// How many events, and bytes of them, may be ahead of the clock at a time, where it is not as by default.
  std::map<std::string, StreamOptions::AheadMax> ahead_max_of;
  /// Whether an event that cannot be read stops its source: a push with one is refused, and a feed ends before it.
  bool stops_on_bad_row = false;
  std::map<std::string, bool> stops_on_bad_row_of;  // by source, instead
  /// Of these, messages that are left out all the same; null: none.
  std::function<bool(const std::string& source, uint32_t lane, int64_t offset)> is_skipped = {};
  const Clock* clock = &system_clock();
  /// How long the keys of pushes and the ids of messages are kept, so that what comes again is not taken again.
  Duration dedupe_for{3600 * kMicrosPerSecond};
  std::map<std::string, Duration> dedupe_for_of;  // by source, instead
  /// How far before the watermarks values of past times can be read; nothing: as far as the longest window reaches.
  std::optional<Duration> history;
  /// How long before those times events are kept in the log, for definitions that come later; nothing: for ever.
  std::optional<Duration> keep;
  /// By source: up to where it is filled from its files, once. See live_beginning.h.
  std::map<std::string, AskedCut> cuts;
  /// Asked now and then while files are read and pushes are fed again; true ends that with kStopped. Null: nobody stops it.
  std::function<bool()> is_stopped = {};
  /// Where pushes are kept, so that the next start has them again; null: nowhere. It lives longer.
  EventLog* log = nullptr;
  /// How many will follow the changed rows, each by itself; they are numbers from 0 on. One costs 8 bytes for each event that
  /// has not left all windows.
  size_t followers = 0;
  /// What the states of all keys may take. Where they take more, those that nobody asked for rest in the log, from the next
  /// save() on; nothing: only keys of which no window needs anything do.
  std::optional<int64_t> memory_bytes;
  /// Whether all keys rest that may, at each save(); for tests.
  bool rests_always = false;
  /// Of a log whose appends do not sync: how long after one the log is synced at the latest.
  std::optional<Duration> sync_every;
  /// Told how long each write of the log took, in microseconds, on a thread of its own.
  std::function<void(int64_t)> commit_took = {};
};

/// What became of the events of a push.
struct LivePush {
  int64_t accepted = 0;
  int64_t ahead = 0;                   // of these: wait until their time has come
  int64_t late = 0;                    // behind the watermark, left out
  int64_t unreadable = 0;              // left out
  int64_t too_far_ahead = 0;           // likewise
  int64_t covered = 0;                 // before the source's cut: files have them
  int64_t bad_cells = 0;               // null instead of what cannot be read
  bool is_repeated = false;            // nothing was taken: this is what the first push under the key was answered
  std::vector<BadRow> problems;        // the first kShownMax of both
  std::optional<EventTime> watermark;  // after the push; nothing: no event is late yet

  static constexpr size_t kShownMax = 20;
};

/// A message of a feed that stops its source.
struct BadMessage {
  std::string source;
  uint32_t lane = 0;
  int64_t offset = 0;
  std::string problem;
};

struct LiveQuestion {
  std::vector<std::string> features;         // of one entity
  std::vector<std::vector<Value>> entities;  // the values of the entity's keys, in their order
  std::optional<EventTime> as_of;            // nothing: now
};

/// Features of one entity where the definitions have them: found once for many reads.
struct FoundFeatures {
  size_t entity = 0;                           // of the plan
  std::vector<size_t> features;                // likewise
  std::vector<std::optional<size_t>> sources;  // of each feature: of the entity's stream; nothing: it reads none
};

struct LiveAnswer {
  EventTime at;
  std::vector<std::vector<Value>> values;  // of each entity that was asked for: one for each feature
  /// Likewise: the newest event of the entity in the feature's source; nothing where there is none up to `at`.
  std::vector<std::vector<std::optional<EventTime>>> newest;
  /// The first push of the log that the values lack; nothing without a log.
  std::optional<uint64_t> position;
  bool waits = false;  // nothing was read: some of the entities rest, and the log was not to be waited for
};

/// Pushes of one source out of the log.
struct LivePushes {
  struct Push {
    uint64_t position = 0;
    LoggedPush push;
  };
  std::vector<Push> pushes;
  uint64_t next = 0;  // where to go on
  uint64_t end = 0;   // of what was durable; equal to `next`: that was all
  /// Events up to here may be missing, as their pushes are forgotten; nothing: none is.
  std::optional<EventTime> forgotten_to;
};

/// What became of events that had been left out and were brought again.
struct JudgedAgain {
  int64_t accepted = 0;
  LeftOutCounts left_out;
};

struct LiveSource {
  std::string name;
  std::string entity;
  int64_t accepted = 0;
  int64_t late = 0;
  int64_t unreadable = 0;
  int64_t too_far_ahead = 0;
  int64_t bad_cells = 0;
  int64_t covered = 0;
  int64_t waiting = 0;        // ahead of the clock
  int64_t waiting_bytes = 0;  // of these
  int64_t unsettled = 0;      // of the entity's sources: may still change
  std::optional<EventTime> watermark;
  std::optional<EventTime> newest;                // of the accepted events
  double per_second = 0;                          // accepted events, over the last ten seconds
  std::set<uint32_t> drained;                     // lanes that have nothing left outside
  JudgedAgain judged_again;                       // since hold()
  std::optional<FedMessages::OfSource> messages;  // nothing: none with ids came
  std::optional<StreamCut> cut;                   // up to where it was filled from files; nothing: it was not
};

/// How many keys of an entity are where.
struct LiveEntity {
  std::string name;
  int64_t in_memory = 0;
  int64_t at_rest = 0;    // in the log alone
  int64_t forgotten = 0;  // put to rest since the start, as no window needed anything of them
  int64_t paged = 0;      // put to rest since the start, to stay under the memory that is given
  int64_t woken = 0;      // come back since the start
};

class LiveBeginning;
struct LiveCheckpoint;
struct LiveCheckpointResting;

class LiveFeatures {
 public:
  /// REQUIRES: the session's definitions have no errors. Feeds what the log has. What is to be filled from files is, first.
  /// Goes on with what was begun to be forgotten.
  static Result<std::unique_ptr<LiveFeatures>> open(const Session& session, const LiveOptions& options);
  /// The same from a beginning of the same session and options, whose files are read. Only in this step the log must not grow.
  static Result<std::unique_ptr<LiveFeatures>> open(const Session& session, const LiveOptions& options,
                                                    LiveBeginning beginning);
  /// The same definitions, from the log anew. REQUIRES: nothing is pushed into this one any more.
  Result<std::unique_ptr<LiveFeatures>> open_again() const;
  ~LiveFeatures();

  /// Events of a source as NDJSON or one JSON array, in order of arrival. An unknown source is kNotFound. They are seen
  /// by reads at once, and durable when this returns. With a `key`, a push that repeats one of the last `dedupe_for` is
  /// answered as that one was; with another text it is kConflict.
  Result<LivePush> push(const std::string& source, std::string_view text, std::optional<std::string_view> key = {});

  /// When take() returns; kSoon: when not much more is still on its way to the log, in the order in which it was taken.
  enum class Durable : uint8_t { kNow, kSoon };
  /// What a feed brought. Returns when it is durable, with its positions, or soon will be; messages with ids and what stops its
  /// source are waited for all the same. Events of a source that no feature reads are kept for definitions to come. Without
  /// events as tick(). A message that stops its source is told, and neither it nor what is behind it is taken. REQUIRES: with
  /// a log, events are text.
  Result<std::optional<BadMessage>> take(std::span<const FedEvents> events, Durable durable = Durable::kNow);
  /// Returns when all that was taken so far is durable.
  Status wait_for_taken() { return commit_ ? commit_->wait_for_all() : Status(); }
  /// To be called at the start, before the clock moves on: what was known of lanes when the server ended is not known
  /// any more, so none is idle until its feed has asked again.
  Status begin_feeding();
  /// The same for one source, of which the outside is asked no longer. Durable once it returns; an unknown one is kNotFound.
  Status hold(const std::string& source);
  /// Returns when all that was taken is durable.
  Status flush() const { return commit_ ? commit_->flush() : Status(); }

  /// Unknown features are kNotFound; features of several entities, a number of keys that is not the entity's, and times
  /// that have not come are usage errors; times that are not kept are kNotFound.
  Result<LiveAnswer> read(const LiveQuestion& question);
  /// The same of features that find() has found. `may_wait`: for the log, where entities rest.
  Result<LiveAnswer> read(const FoundFeatures& found, std::span<const std::vector<Value>> entities,
                          std::optional<EventTime> as_of, bool may_wait = true);
  Result<FoundFeatures> find(std::span<const std::string> features) const;

  /// Lets events whose time has come in, and moves watermarks on with the clock. To be called now and then.
  Status tick();

  /// Up to `max` rows of an entity that are others than when they were taken last: of keys to which an event came or of
  /// which one has left a window, those first that wait longest. Waits until all that they show is durable; not for long.
  /// To be written elsewhere, which is to be told, or given back. REQUIRES: `follower` is below LiveOptions::followers.
  Result<ChangedRows> take_changed(size_t follower, size_t entity, size_t max);
  void note_written(const ChangedRows& rows);
  void put_back(const ChangedRows& rows);
  /// All rows are to be taken again.
  void change_all(size_t follower);
  /// Notes of which keys an event has left a window since. To be called before rows are taken.
  Status pass_edges(size_t follower);
  ChangesWaiting changes_waiting(size_t follower) const;
  /// What an entity has to which no event came, as one row without keys.
  Result<ChangedRows> row_without_events(size_t entity);
  /// The features of an entity of the plan that changed rows have: all but internal ones.
  const std::vector<size_t>& changed_features(size_t entity) const;

  /// Writes the states into the log, so that the next start need not feed all pushes again, and forgets pushes that need
  /// not be kept. Reads and pushes go on, but for the moment in which the states are copied. Without news nothing happens.
  Status save() { return save(/*is_needed=*/false); }

  /// The durable pushes of a source from a number on, up to so many bytes of events, or a little more; there may be none
  /// before `next`. Reads the disk and holds nothing up. kUsage where there is no log.
  Result<LivePushes> pushes(const std::string& source, uint64_t from, size_t bytes_max) const;

  /// Why a feature has its value: kUsage where there is no log, and for instants that have not come.
  Result<Explanation> explain(const std::string& feature, const std::vector<std::string>& keys,
                              std::optional<EventTime> as_of);

  /// Events of a source that were not taken in, as they came, in their order: the newest that the log keeps. Also of sources
  /// that no feature reads any more. kUsage where there is no log.
  Result<std::vector<LeftOutEvent>> left_out(const std::string& source, LeftOutPlace after, size_t count) const;

  std::vector<LiveSource> sources() const;
  std::vector<LiveEntity> entities() const;
  /// Whether any entity has keys that are not in memory.
  bool has_resting() const;
  /// What the keys in memory take, where LiveOptions::memory_bytes says how much they may; else 0. Looks at all keys.
  int64_t memory_in_use() const;
  int64_t memory_bytes() const;
  /// What pushes, reads and writes of the log took since the start, by node of the plan, and the bytes of states.
  PlanWork work() const;
  /// The earliest time at which values of an entity of the plan can be read.
  EventTime earliest(size_t entity) const;
  const Plan& plan() const { return *plan_; }
  /// Pushes that the log had, and those among them whose source no feature reads any more.
  int64_t replayed() const { return replayed_; }
  int64_t not_replayed() const { return not_replayed_; }
  /// What open() has removed of entities that were to be forgotten.
  const ForgottenCounts& forgotten() const { return forgotten_; }

 private:
  struct Entity;
  class Agings;

  LiveFeatures(Plan plan, std::set<std::string> internal, const LiveOptions& options);
  static Result<std::unique_ptr<LiveFeatures>> open(Plan plan, std::set<std::string> internal,
                                                    const LiveOptions& options, LiveBeginning beginning);
  Status save(bool is_needed);
  using UnknownNames = std::function<std::vector<std::string>()>;
  Status wake(Entity& entity, std::unique_lock<std::mutex>& lock, const UnknownNames& unknown);
  Result<uint32_t> wake_key(Entity& entity, const std::string& name, const std::string& bytes);
  Status change_some_resting(Entity& entity, const std::string& name, size_t follower);
  Status begin_resting(Entity& entity, const std::optional<LiveCheckpointResting>& stored,
                       std::span<const FilledRows> filled);
  Result<std::map<std::string, std::vector<RestingKey>>> find_resting(LiveCheckpoint& checkpoint);
  void let_rest(const std::map<std::string, std::vector<RestingKey>>& keys);
  Status forget_other_generations(const ForgottenEntity& forgotten);
  Status forget_resting(EntityStream& stream, const ForgottenEntity& forgotten, LiveCheckpoint& checkpoint);
  Status forget_stored(std::optional<LiveCheckpoint>& checkpoint);
  Status forget_states(const ForgottenEntity& forgotten, LiveCheckpoint& checkpoint);
  Status end_forgetting();
  std::unique_ptr<Entity> make_entity(size_t entity) const;
  Status begin_from(LiveBeginning& beginning);
  Status begin_entity(size_t entity, LiveBeginning& beginning, uint64_t kept);
  struct PushAgain;
  std::unique_ptr<PushAgain> read_again(uint64_t number, const LoggedPush& push) const;
  Status take_again(const PushAgain& again);
  Status replay_log();
  void pass_mark(size_t mark);
  Status track_changes();
  void change_restored();
  void add_mark(uint64_t number);
  bool stops_on_bad_row(const std::string& source) const;
  Status wait_for_commit(uint64_t number, Durable durable = Durable::kNow);
  Status settle(Entity& entity);
  void note_append(const GroupCommit::Append& append) const;
  Error unknown_source(const std::string& source) const;
  uint64_t forget_drained(Entity& entity, size_t source);
  Entity* entity_of_source(const std::string& source) const;
  StreamOptions stream_options() const;

  const std::unique_ptr<const Plan> plan_;
  const LiveOptions options_;
  std::optional<SourcePlaces> places_;             // of the session's sources
  std::vector<std::unique_ptr<Entity>> entities_;  // by plan entity
  std::unique_ptr<GroupCommit> commit_;            // null without a log
  mutable std::mutex save_mutex_;                  // of the marks; before those of the entities
  FedMessages messages_;                           // thread-safe
  std::deque<LiveMark> marks_;                     // rising; the first is where a start may begin
  uint64_t kept_from_ = 0;                         // the log's pushes before are forgotten
  StreamCuts known_cuts_;                          // of the log's checkpoint, also of sources that no feature reads
  bool has_unsaved_files_ = false;                 // states of files are in no checkpoint yet
  int64_t replayed_ = 0;
  int64_t not_replayed_ = 0;
  const std::set<std::string> internal_;  // features that no row has
  ForgottenCounts forgotten_;
};

}  // namespace headrace
