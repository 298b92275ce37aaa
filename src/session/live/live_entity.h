#pragma once

/// Internal to live features: the stream of one entity, and how events of its sources are read.

#include "engine/stream/entity_stream.h"
#include "io/json/json_events.h"
#include "session/live/due_keys.h"
#include "session/live/event_rate.h"
#include "session/live/forgotten_events.h"
#include "session/live/live_features.h"
#include "session/live/repeats.h"

#include <algorithm>
#include <atomic>
#include <span>

namespace headrace {

inline std::optional<EventTime> time_or_nothing(int64_t us) {
  return us == kTimeMin ? std::nullopt : std::optional(EventTime{us});
}

/// Notes in the accounts what this thread takes from now on.
inline WorkMeter meter_of_thread(WorkAccounts& accounts) {
  // It works for several entities in turn and is not ours: its time is paid about once in a millisecond.
  thread_local ThreadLaps laps;
  const WorkMeter meter(laps, accounts);
  meter.begin();
  return meter;
}

/// While it lives, what this thread takes is noted in the accounts of the stream. REQUIRES: nobody else uses the stream.
class MeasuredStream {
 public:
  MeasuredStream(EntityStream& stream, WorkAccounts& accounts) : stream_(stream), meter_(meter_of_thread(accounts)) {
    stream_.set_meter(meter_);
  }
  ~MeasuredStream() { stream_.set_meter({}); }
  MeasuredStream(const MeasuredStream&) = delete;
  MeasuredStream& operator=(const MeasuredStream&) = delete;

  const WorkMeter& meter() const { return meter_; }

 private:
  EntityStream& stream_;
  const WorkMeter meter_;
};

struct LiveFeatures::Entity {
  Entity(const Plan& plan, size_t entity, std::vector<size_t> outputs, const StreamOptions& options, Repeats kept,
         const Clock& clock)
      : features(std::move(outputs)),
        stream(plan, entity, features, told(options, clock)),
        accounts(stream.layout()),
        repeats(std::move(kept)) {
    for (const SourceLayout& layout : stream.layout().sources) {
      const PlanSource& source = plan.sources[layout.plan_source];
      readers.push_back(std::make_unique<EventReader>(source, layout.request));
      LiveSource& status = sources.emplace_back();
      status.name = source.name;
      status.entity = plan.entities[entity].name;
    }
  }

  /// The options, with which the stream tells the keys of its events.
  StreamOptions told(StreamOptions options, const Clock& clock) {
    options.accepted = [this, &clock](const RowBlock& block) {
      if (dues.empty()) return;
      const int64_t elapsed_us = clock.elapsed_us();
      for (DueKeys& due : dues) {
        for (size_t row = 0; row < block.rows(); ++row) due.note(block.ids[row], block.times[row], now, elapsed_us);
      }
    };
    return options;
  }

  std::optional<size_t> find_source(const std::string& name) const {
    for (size_t s = 0; s < sources.size(); ++s) {
      if (sources[s].name == name) return s;
    }
    return std::nullopt;
  }

  /// Moves on to the clock's time.
  Status advance(int64_t now) { return stream.advance(now, pass); }
  /// The same, but settles so many rows at most; whether that was all.
  Result<bool> advance_some(int64_t now, size_t rows) { return stream.advance_some(now, rows, pass); }
  /// Nobody looks at what became final.
  static Status pass(const TimeStep& /*step*/) { return {}; }

  /// After settling took so long. `is_all`: there were no more rows, so that a short time says nothing of them.
  void fit_rows_at_once(int64_t took_us, int64_t us_max, bool is_all) {
    if (took_us > us_max) rows_at_once = std::max(rows_at_once / 2, kRowsAtOnceMin);
    if (!is_all && took_us < us_max / 4) rows_at_once = std::min(rows_at_once * 2, kRowsAtOnceMax);
  }

  /// Reads events as text. Those of a source are taken in the order in which they are read, so whoever takes them has its
  /// mutex until he has that of the entity; nobody who has that waits for this one.
  struct EventReader {
    EventReader(const PlanSource& source, const SourceRequest& request)
        : events(source, request, "events of `" + source.name + "`") {}

    std::mutex mutex;
    JsonEvents events;
  };
  /// Events that were read, and their texts; no texts: they have none.
  struct ReadEvents {
    std::vector<std::string_view> records;
    DecodedEvents events;
  };
  /// NDJSON, or one array. REQUIRES: the reader's mutex.
  Result<ReadEvents> read_events(size_t source, std::string_view text);
  Result<ReadEvents> read_events(size_t source, const FedEvents& fed);

  /// What became of events, and those that were left out as they came.
  struct Taken {
    LivePush answer;
    std::vector<LeftOutEvent> left_out;
  };

  /// `stops`: an event that could not be read is an Error, and nothing is taken.
  Result<Taken> push(size_t source, const ReadEvents& read, int64_t now, bool stops);
  /// The first message that cannot be read and is not skipped; what is in front of it goes to `before`, with its position.
  /// REQUIRES: the reader's mutex.
  using IsSkipped = std::function<bool(const std::string&, uint32_t, int64_t)>;
  Result<std::optional<BadMessage>> find_bad(size_t source, const FedEvents& fed, const IsSkipped& is_skipped,
                                             FedEvents& before);
  /// What a feed brought of a source: events, then what is known of its lane.
  Result<Taken> take(size_t source, const FedEvents& fed, const ReadEvents& read, int64_t now);
  /// The names of keys in these events that are not in memory.
  std::vector<std::string> unknown_names(size_t source, const ReadEvents& read) const;
  std::vector<std::string> unknown_names(size_t source, const Batch& batch) const;
  /// Events that were read; `records` are their texts; empty: they have none. Without what was left out before.
  /// Of the lines of a feed, where it counts them, and of events that are not there any more.
  struct Beside {
    std::span<const int64_t> offsets = {};
    std::span<const ForgottenEvent> forgotten = {};
  };
  Result<Taken> push(size_t source, const DecodedEvents& events, std::span<const std::string_view> records, int64_t now,
                     uint32_t lane, const Beside& beside);
  /// What is counted of forgotten events as of others.
  void pass_forgotten(size_t source, uint32_t lane, const std::vector<int64_t>& times, int64_t now, LivePush& push);

  void set_drained(size_t source, uint32_t lane, bool is_drained, int64_t at) {
    stream.set_drained(source, lane, is_drained, at);
    if (is_drained) {
      sources[source].drained.insert(lane);
    } else {
      sources[source].drained.erase(lane);
    }
  }

  void count_again(size_t source, const LivePush& answer) {
    JudgedAgain& again = sources[source].judged_again;
    again.accepted += answer.accepted;
    again.left_out.late += answer.late;
    again.left_out.unreadable += answer.unreadable;
    again.left_out.ahead += answer.too_far_ahead;
  }

  /// What a start needs to know of this place; the newest event after it comes later.
  LiveMark::OfEntity mark() const {
    LiveMark::OfEntity mark;
    mark.now = now;
    mark.watermarks = stream.store_watermarks();
    for (const LiveSource& source : sources) {
      mark.counts[source.name] = {.accepted = source.accepted,
                                  .late = source.late,
                                  .unreadable = source.unreadable,
                                  .too_far_ahead = source.too_far_ahead,
                                  .bad_cells = source.bad_cells,
                                  .newest = source.newest ? source.newest->us : kTimeMin,
                                  .covered = source.covered};
    }
    return mark;
  }

  /// REQUIRES: nothing was pushed.
  Status restore(const StoredStream& stored, const LiveMark::OfEntity& mark) {
    RETURN_IF_ERROR(stream.restore(stored, mark.watermarks));
    now = mark.now;
    for (size_t s = 0; s < sources.size(); ++s) {
      LiveSource& source = sources[s];
      source.drained = stream.drained_lanes(s);
      const auto found = mark.counts.find(source.name);
      if (found == mark.counts.end()) continue;
      const SourceCounts& counts = found->second;
      source.accepted = counts.accepted;
      source.late = counts.late;
      source.unreadable = counts.unreadable;
      source.too_far_ahead = counts.too_far_ahead;
      source.bad_cells = counts.bad_cells;
      source.covered = counts.covered;
      source.newest = time_or_nothing(counts.newest);
    }
    return {};
  }

  /// Begins behind files. REQUIRES: nothing was pushed.
  Status take_files(const StreamCuts& of_sources, std::vector<FilledRows> rows) {
    for (size_t s = 0; s < sources.size(); ++s) {
      const auto cut = of_sources.find(sources[s].name);
      if (cut == of_sources.end()) continue;
      cuts[cut->first] = cut->second;
      stream.cover(s, cut->second.taken_from.us);
    }
    for (const FilledRows& each : rows) {
      const std::optional<size_t> source = find_source(each.source);
      if (source) RETURN_IF_ERROR(stream.fill(*source, each.batch));
    }
    filled_rows = std::move(rows);
    return {};
  }

  /// Forgets rows of files that settled states have.
  void forget_files(int64_t settled_to) {
    std::erase_if(filled_rows, [&](const FilledRows& rows) {
      const std::optional<size_t> source = find_source(rows.source);
      if (!source) return true;
      const Column& times = rows.batch.columns[stream.layout().sources[*source].request.time_column()];
      return std::all_of(times.int64s(), times.int64s() + times.length,
                         [&](int64_t time) { return time < settled_to; });
    });
  }

  /// Fills the rest of rows whose keys were taken.
  Status read_changed(const Plan& plan, size_t key_columns, ChangedRows& rows);
  /// Of the changed features at a place.
  void set_event_times(const Plan& plan, const Observations& places, ChangedRows& rows) const;
  void set_ends(std::span<const int64_t> read_at, ChangedRows& rows) const;

  /// Whether nobody waits for something of a key.
  bool may_rest(uint32_t key) const {
    return std::ranges::all_of(dues, [key](const DueKeys& due) { return due.is_calm(key); });
  }
  /// Keys at rest are due for all followers, and brought into memory for that little by little.
  void change_resting() {
    for (size_t follower = 0; resting.keys > 0 && follower < dues.size(); ++follower) resting.due_after[follower] = "";
  }

  int64_t dues_bytes() const {
    int64_t bytes = 0;
    for (const DueKeys& due : dues) bytes += due.memory_bytes();
    return bytes;
  }

  /// By what the value of a feature changes though no event comes.
  struct Aging {
    std::vector<size_t> windows;  // of those that the keys know
    bool is_moving = false;       // changes at any time
  };

  static constexpr size_t kRowsAtOnceMin = 64;
  static constexpr size_t kRowsAtOnceMax = 8192;

  const std::vector<size_t> features;  // of the plan, in the order of the stream's values
  // Where changes are tracked:
  std::vector<size_t> changed_features;  // of the plan, those of changed rows
  std::vector<Aging> agings;             // of these
  bool moves_with_time = false;          // values of some of these change at any time

  std::vector<std::unique_ptr<EventReader>> readers;  // by layout source; each has a mutex of its own
  std::atomic<int> reads_waiting = 0;                 // for the mutex
  std::atomic<uint32_t> reads_begun = 0;  // that had it; only rises, so that who waits for one is not passed over

  /// The entity's mutex, for a read.
  std::unique_lock<std::mutex> lock_for_read() {
    ++reads_waiting;
    std::unique_lock lock(mutex);
    --reads_waiting;
    ++reads_begun;
    reads_begun.notify_all();
    return lock;
  }
  /// Between two locks of a longer work: whoever has just let go of a mutex would be the first to have it again, so this waits
  /// until a read that waits for it has it.
  void let_a_read_go_first() const {
    const uint32_t begun = reads_begun;  // before the look at who waits: that one is not missed
    if (reads_waiting > 0) reads_begun.wait(begun);
  }

  mutable std::mutex mutex;   // of what follows
  std::vector<DueKeys> dues;  // by follower
  EntityStream stream;
  WorkAccounts accounts;                 // thread-safe
  std::vector<LiveSource> sources;       // by layout source
  std::map<size_t, EventRate> rates;     // likewise
  int64_t now = kTimeMin;                // the clock, which never goes back here
  int64_t newest_since_mark = kTimeMin;  // time of an accepted event
  size_t rows_at_once = kRowsAtOnceMin;  // that are settled while reads wait
  Repeats repeats;
  uint64_t first_push = 0;              // of the log that the states lack; those before are passed over
  bool is_rebuilt = false;              // other states than those of the log's checkpoint
  StreamCuts cuts;                      // of its sources, where they were filled from files
  std::vector<FilledRows> filled_rows;  // which no stored state has

  /// Keys that the log has and memory has not.
  struct Resting {
    uint64_t generation = 0;  // 0: not known yet
    bool has_rows = false;    // in the log, of this generation
    bool is_old = false;      // a checkpoint since the start had some
    bool is_rid = false;      // of those of other generations
    int64_t keys = 0;
    uint64_t times = 0;     // how often keys were let go; what was read before the last time is read again
    int64_t forgotten = 0;  // keys of which no window needed anything, since the start
    int64_t paged = 0;      // others that were let go
    int64_t woken = 0;
    bool has_woken = false;                   // some, since the last checkpoint
    std::map<size_t, std::string> due_after;  // by follower: keys behind this name are still to be due
  };
  Resting resting;
};

}  // namespace headrace
