#pragma once

/// The features of one entity over events that never end: final rows as the watermark passes them, values at any time
/// after it.
///
///                history        lateness
///   ──────────┬──────────────┬────────────┬──> time
///             past           settled      now
///             └── past reads └── reads
///
/// Events are settled in order of time, by the steps and partitions that a batch run has, once the watermarks of all
/// sources have passed them; what the partitions then give is final. A read goes on from there, over the events that may
/// still change (live_states.h). Values of past times are read from states of the same kind that settle later, by the
/// stream's history. There is no other window logic than that of the kernels.
///
/// An event is judged when it is pushed: one before its source's watermark is late and left out; one that is ahead of
/// the clock waits until its time has come.
///
/// Not thread-safe.

#include "engine/rows/observations.h"
#include "engine/rows/row_reader.h"
#include "engine/sink.h"
#include "engine/stream/live_states.h"
#include "engine/stream/resting_key.h"
#include "engine/stream/stored_stream.h"
#include "engine/stream/watermark.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace headrace {

struct StreamOptions {
  /// How far behind its source's newest event one may come; nothing: as the definitions say.
  std::optional<Duration> allowed_lateness;
  /// After how long without a message a lane that was found empty does not hold the watermark any more; nothing: never.
  std::optional<Duration> idle_after;
  std::map<std::string, std::optional<Duration>> idle_after_of;  // by source, instead
  /// How far ahead of the clock an event may be; nothing: as far as it likes.
  std::optional<Duration> max_ahead;
  std::map<std::string, std::optional<Duration>> max_ahead_of;  // by source, instead
  /// How many events of a source, and bytes of them, may be ahead of the clock at a time.
  struct AheadMax {
    int64_t events = 100'000;
    int64_t bytes = int64_t{64} << 20;
  };
  AheadMax ahead_max = {};
  std::map<std::string, AheadMax> ahead_max_of = {};  // by source, instead
  /// How far before settled_to() values can be read; 0: not at all. Costs the states once more, and the events since.
  Duration history{0};
  bool takes_places = false;  // add_places() will be called
  /// Told of rows that were accepted, also of those that are ahead; null: nobody is.
  std::function<void(const RowBlock&)> accepted = {};
  KernelChoice kernels = KernelChoice::kSliding;  // the other for tests
  int partition_bits = 4;                         // keys are dealt to 2^bits partitions
  /// Shared with other streams; null: its own. REQUIRES: it was made for the same plan, entity and features.
  std::shared_ptr<StreamShape> shape = {};
};

/// A row of a push that was left out.
struct LeftOutRow {
  enum class Reason : uint8_t {
    kLate,     // before the watermark
    kAhead,    // farther ahead of the clock than `max_ahead`
    kNoRoom,   // ahead of the clock, and as much waits as may
    kCovered,  // before the cut of its source: files that the stream was filled from have it
  };

  int64_t row = 0;
  Reason reason = Reason::kLate;
  int64_t bound = 0;  // the watermark, the latest time that is taken, the clock, or the cut
};

/// What became of the rows of a push.
struct PushResult {
  int64_t accepted = 0;              // with those that are ahead
  int64_t ahead = 0;                 // wait for their time
  std::vector<LeftOutRow> left_out;  // in the order of the rows

  bool has_left_out(int64_t row) const {
    const auto found = std::ranges::lower_bound(left_out, row, {}, &LeftOutRow::row);
    return found != left_out.end() && found->row == row;
  }
};

class EntityStream {
 public:
  using TakeStep = LiveStates::TakeStep;

  /// `features` are of the entity, in the order of result columns. The plan lives longer.
  EntityStream(const Plan& plan, size_t entity, std::vector<size_t> features, StreamOptions options);

  /// Notes what pushes and reads take from now on, by node of the layout.
  void set_meter(WorkMeter meter);

  const Layout& layout() const { return layout_; }
  const KeyTable& keys() const { return keys_; }
  ResultSchema result_schema() const;

  /// Takes events of a source in their order of arrival. `source` is an index into layout().sources, the batch has the
  /// columns of its request; `now` is the clock, which never goes back. Events of one time and key from several lanes
  /// are in order of the lanes.
  /// `bytes`: of the rows, as they are counted while they wait; none are counted where it is empty.
  Result<PushResult> push(size_t source, uint32_t lane, const Batch& batch, int64_t now,
                          std::span<const int64_t> bytes = {});
  /// An event that is not there any more passes as push() would have let it: its watermark sees its time, and nothing else does.
  /// Returns what became of it, 0 or 1 each.
  PushResult pass_forgotten(size_t source, uint32_t lane, int64_t time, int64_t now);
  /// Events of a source before this time are left out of pushes: the states have them, of files.
  void cover(size_t source, int64_t before) { covered_to_[source] = before; }
  /// Takes rows of files that are not in the states, after restore() and before the first push. They are judged by nobody, and
  /// no watermark moves; a row whose time has not come waits. REQUIRES: no row is before settled_to().
  Status fill(size_t source, const Batch& batch);
  /// See Watermark::set_drained().
  void set_drained(size_t source, uint32_t lane, bool is_drained, int64_t now);

  /// See Watermark::drained_lanes().
  std::set<uint32_t> drained_lanes(size_t source) const { return watermarks_[source].drained_lanes(); }

  /// Further places at which final values are wanted, as of labels: they come as observations of the steps.
  /// REQUIRES: StreamOptions::takes_places; no place is before settled_to().
  Status add_places(const Observations& places);

  /// Moves the clock on and settles all that the watermarks have passed since. Steps come in order of time; final_rows()
  /// makes rows of their results.
  Status advance(int64_t now, const TakeStep& take);
  /// The same, but settles about so many rows at most, for those who cannot wait. Returns whether that was all.
  /// REQUIRES: rows > 0.
  Result<bool> advance_some(int64_t now, size_t rows, const TakeStep& take);
  /// The same, but settles nothing: events whose time has come are there, and the watermarks have moved.
  void move_clock(int64_t now) { horizon(now); }
  /// The same at the end of a feed: nothing more will come.
  Status finish(const TakeStep& take);
  /// Settles all rows before a time, whatever the watermarks say: for those who know by other means that nothing earlier comes.
  /// What is before it is late from now on.
  Status settle_before(int64_t end, const TakeStep& take) { return settle(end, take); }
  /// A row for each distinct (key, time) of a driving event: key columns, event_time, features; in order of
  /// (event_time, key).
  Batch final_rows(const TimeStep& step) const;

  /// All rows before this are final.
  int64_t settled_to() const { return now_.start(); }
  /// Values at this time and later can be read.
  int64_t earliest() const { return past_ ? past_->start() : now_.start(); }
  /// The watermark of a source.
  int64_t watermark(size_t source) const { return watermarks_[source].value(); }
  size_t unsettled_rows() const { return now_.unsettled_rows(); }
  /// Events of a source that are ahead of the clock.
  struct AheadTotals {
    int64_t events = 0;
    int64_t bytes = 0;
  };
  AheadTotals ahead(size_t source) const { return ahead_totals_[source]; }

  /// One column for each feature that is asked for, a value for each place, from all events that were accepted and are not
  /// ahead. REQUIRES: the features are of the stream.
  /// Places before earliest() are refused: kNotFound. A place without a key or a time has null features. A key that no
  /// event had has the values of empty windows, and leaves nothing behind.
  Result<std::vector<Column>> read(const Observations& places, std::span<const size_t> features);
  /// Of all features of the stream, in their order.
  Result<std::vector<Column>> read(const Observations& places) { return read(places, features_); }
  /// What keys have at a time that no event had: a column of one value for each feature.
  Result<std::vector<Column>> read_without_events(EventTime at, std::span<const size_t> features);
  /// For each source of the layout, for each place: the time of the newest event of its key that came and is not after the
  /// place; kTimeMin for none. REQUIRES: no place is before earliest().
  std::vector<std::vector<int64_t>> newest_events(const Observations& places) const;

  /// The values of a key's columns. REQUIRES: an event had the key.
  std::vector<Value> key_values(uint32_t key) const;
  /// The times of a key's settled events as far as windows may need them, and of the newest of each source; rising, each
  /// once.
  std::vector<int64_t> kept_times(uint32_t key) const;

  /// What came before earliest(), as a stream of the same or of other definitions can take it; `without`: as if there had never
  /// been an event of the keys for which that is true.
  StoredStream store(const LiveStates::Chosen& without);
  StoredStream store() {
    return store([](uint32_t /*key*/) { return false; });
  }
  /// The number of a key; nothing: no event had it.
  std::optional<uint32_t> find_key(const std::vector<Value>& key) const;

  // Keys at rest (resting_key.h). Nobody may ask for a key that is at rest, nor push an event of it, before it wakes.
  /// Keys that may rest, as the rule says. They are still there. REQUIRES: StreamOptions::takes_places is false.
  std::vector<RestingKey> find_resting(const RestRule& rule);
  /// Takes those out of memory to which no event came since find_resting(), and that still may. Returns their numbers.
  std::vector<uint32_t> let_rest(std::span<const RestingKey> keys, const std::function<bool(uint32_t)>& may_rest);
  struct WokenKey {
    uint32_t key = 0;
    bool was_away = false;  // false: it was in memory, and the bytes are not looked at
  };
  /// The key is in memory, as it was. REQUIRES: the bytes are of find_resting() at a settled time that this stream has passed.
  /// Bytes that cannot be read are data.
  Result<WokenKey> wake(const std::string& name, std::string_view bytes);
  /// The names of keys that are not in memory, each once: of whole keys in rows of key columns.
  std::vector<std::string> unknown_names(std::span<const Column> keys, int64_t rows) const;
  /// Nothing where the stream knows no types of keys, or others.
  std::optional<std::string> name_of_key(const std::vector<Value>& key) const;
  /// Lets go of texts that nothing holds, where there may be many; `is_forced`: at any time.
  void sweep_texts(bool is_forced);
  size_t keys_in_memory() const { return keys_.key_count(); }
  /// memory_bytes() without the room of numbers that are free for keys to come. Looks at all keys.
  int64_t memory_in_use() const;

  /// Goes on from a stored stream, and from the watermarks of a time from which on all events that it lacks are pushed
  /// again, in their order and by their clock; those that it has are passed over. REQUIRES: nothing was pushed.
  /// Parts that this stream needs and that are not there: kConflict; what cannot be read: data.
  Status restore(const StoredStream& stored, const StoredWatermarks& watermarks);
  /// Of what store() gives the parts that no events within the reach of windows bring back, and which keys there are: the
  /// exact partials of `lifetime`, `last: N`, sessions, time-weighted means, and of whatever uses those.
  StoredStream store_for_ever();
  /// What store() gives, with the parts of another stream that store_for_ever() gave in the place of this one's. REQUIRES:
  /// both are settled to one time, and this stream has seen no other keys.
  StoredStream store_around(const StoredStream& for_ever);
  StoredWatermarks store_watermarks() const;

  int64_t memory_bytes() const;
  /// Adds the same by node of the plan, and what is of none.
  void add_memory(PlanWork& work) const;

 private:
  enum class From { kNow, kPast, kNobody };

  bool is_for_ever(const WorkItem& item) const;
  StreamParts parts();
  int64_t latest_time(size_t source, int64_t now) const;
  bool has_room(size_t source, int64_t bytes) const;
  void let_wait(int64_t time, size_t source, uint32_t lane, int64_t bytes);
  void admit(BlockSlice slice);
  void release_waiting(int64_t now);
  Result<RowBlock> block_of(const Observations& places);
  int64_t horizon(int64_t now);
  Status settle(int64_t end, const TakeStep& take);
  std::optional<int64_t> past_end() const;
  Status restore_keys(const StoredStream& stored);
  Status require_kept(const Observations& places) const;
  std::vector<std::optional<uint32_t>> known_keys(std::span<const Column> keys, int64_t rows) const;
  std::vector<std::optional<uint32_t>> known_keys(const Observations& places) const;
  std::string name_of_key(uint32_t key) const;
  std::vector<uint8_t> waiting_keys() const;
  /// What is stored of each key.
  struct KeyPart {
    const WorkItem* item;
    uint64_t tag;
    std::string fresh;  // of a key that has seen nothing
  };
  const std::vector<KeyPart>& key_parts();
  bool is_forgettable(uint32_t key);
  RestingKey bytes_of_key(uint32_t key);
  std::vector<From> origins_of(const Observations& places) const;
  Result<std::vector<Column>> read_from(From from, const Observations& places, std::span<const size_t> features);
  Result<std::vector<Column>> read_nobody(const Observations& places, std::span<const size_t> features);
  Result<std::vector<Column>> read_states(LiveStates& states, const Observations& places,
                                          std::span<const size_t> features);

  static constexpr size_t kStrangersMax = 4096;

  const Plan& plan_;
  const std::vector<size_t> features_;
  const std::vector<bool> for_ever_;  // of each feature of the plan: see features_for_ever()
  const StreamOptions options_;
  const std::shared_ptr<StreamShape> shape_;
  const Layout& layout_;
  KeyTable keys_;
  TextPool texts_;
  RowReader reader_;
  WorkMeter meter_;
  MemoryTracker memory_;
  LiveStates now_;                    // settled as far as the watermarks are
  std::unique_ptr<LiveStates> past_;  // and as far as that less the history; null without one

  std::vector<Watermark> watermarks_;  // by layout source
  std::vector<int64_t> covered_to_;    // likewise; kTimeMin: nothing is
  bool is_finished_ = false;
  int64_t restored_to_ = kTimeMin;
  /// An accepted event that is ahead of the clock: its watermark will see it when its time has come.
  struct Ahead {
    int64_t time;
    uint32_t source;
    uint32_t lane;
    uint32_t bytes;
    friend auto operator<=>(const Ahead&, const Ahead&) = default;
  };
  std::multiset<Ahead> ahead_;
  std::vector<AheadTotals> ahead_totals_;     // by layout source
  UnsettledRows waiting_;                     // the rows of those, but for what restore() found in the states
  std::vector<std::vector<int64_t>> newest_;  // by layout source, then key: the time of the newest event; kTimeMin
  std::vector<uint8_t> was_read_;             // by key: since the last find_resting()
  size_t next_to_rest_ = 0;                   // where find_resting() begins
  std::vector<KeyPart> key_parts_;            // empty: not asked for yet
  std::vector<uint64_t> source_tags_;         // by layout source
  int64_t swept_text_bytes_ = 0;              // that stayed at the last sweep
  uint64_t pushes_ = 0;
  std::unique_ptr<EntityStream> nobody_;  // a stream without events: what keys have that no event had
};

}  // namespace headrace
