#pragma once

/// The states of all keys of an entity, settled up to a time, and gone on from there when they are read.
///
///   add ──> unsettled rows ──settle──> settled partitions ──> steps: the bits of a backfill
///                 └──────────read────> live partitions    ──> values, which may still change
///
/// A stream has one whose rows settle with the watermark, and another that lags behind by its history, from which the
/// values of past times are read. Both see the same rows; those lie in memory once.
///
/// Not thread-safe.

#include "engine/steps/partition.h"
#include "engine/stream/live_keys.h"
#include "engine/stream/stream_shape.h"
#include "engine/stream/unsettled_rows.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace headrace {

/// What the states of a stream are made of; it lives longer than they do.
struct StreamParts {
  StreamShape& shape;
  const Layout& layout;  // of the shape
  KeyTable& keys;
  TextPool& texts;
  MemoryTracker& memory;
  KernelChoice kernels;
  int partition_bits;
};

/// Marks the texts of rows, which are of a source of the layout or have none.
void mark_texts_of_rows(const Layout& layout, const BlockSlice& slice, TextPool& texts);

class LiveStates {
 public:
  using TakeStep = std::function<Status(const TimeStep&)>;

  /// `settled`: which instants of the steps of settle() are results.
  LiveStates(const StreamParts& parts, const InstantRule& settled);

  /// Notes what settling and reading take from now on.
  void set_meter(WorkMeter meter) { meter_ = meter; }

  /// Rows that were accepted. REQUIRES: none is before start().
  void add(BlockSlice slice);
  /// Rows of the steps that are no events: places at which results are wanted.
  void add_places(BlockSlice slice) { unsettled_.add(std::move(slice)); }

  /// Settles all rows before `end`, in steps that come in order of time. Nothing happens where `end` is not after start().
  Status settle(int64_t end, const TakeStep& take);
  /// See UnsettledRows::time_behind().
  int64_t time_behind(size_t rows) { return unsettled_.time_behind(rows); }

  /// These features at the places, with one instant for each. REQUIRES: every place is at start() or later.
  std::unique_ptr<TimeStep> read(RowBlock places, std::span<const size_t> features);

  /// The time of the newest event of a key and source of the layout, at `last` at the latest; kTimeMin for none.
  /// REQUIRES: `last` is at start() or later.
  int64_t newest_event(size_t source, uint32_t key, int64_t last) const;
  /// Of each source, for each key: the time of the newest event that is settled.
  using NewestEvents = std::vector<std::vector<int64_t>>;
  const NewestEvents& newest_settled() const { return newest_settled_; }
  void restore_newest(NewestEvents newest) { newest_settled_ = std::move(newest); }

  /// Which keys something is done with, by their numbers.
  using Chosen = std::function<bool(uint32_t)>;
  /// What the settled states of the chosen keys keep for an item of the layout's work, in the order of the keys.
  void store(const WorkItem& item, StateWriter& writer, const Chosen& is_chosen);
  /// REQUIRES: nothing was settled, and the key table has the keys that it had then, in their order.
  void restore(const WorkItem& item, StateReader& reader);
  /// What was restored is settled up to `start`. REQUIRES: there are no rows.
  void begin_at(int64_t start) { unsettled_.cut(start); }

  // Of one key, which may leave memory and come back once all its rows are settled:
  bool is_settled(uint32_t key) const { return !live_keys_.has_rows(key); }
  /// Lets go of the events that no window at start() or later needs. REQUIRES: is_settled().
  void let_go(uint32_t key);
  /// Whether events of the key are kept for windows.
  bool has_events(uint32_t key);
  void store_key(const WorkItem& item, uint32_t key, StateWriter& writer);
  /// REQUIRES: the key has seen nothing. What is restored is of no later time than start().
  void restore_key(const WorkItem& item, uint32_t key, StateReader& reader);
  void restore_newest_of_key(size_t source, uint32_t key, int64_t time);
  /// No row of it came since it was watched.
  void watch(uint32_t key) { live_keys_.watch(key); }
  bool is_untouched(uint32_t key) const { return live_keys_.is_untouched(key); }
  /// The key has seen nothing. REQUIRES: is_settled().
  void forget(uint32_t key);
  /// What store_key() writes of a key that has seen nothing.
  std::string bytes_of_fresh_key(const WorkItem& item) const;
  /// About what the number of a key takes that has seen nothing.
  int64_t room_of_key() const;
  /// Marks the texts of the states and of the rows that are not settled. Live states begin anew.
  void mark_texts();

  /// Appends the times of the settled events of a key that are kept for windows; one may come several times.
  void append_times(uint32_t key, std::vector<int64_t>& times) const;

  /// The end of what is settled.
  int64_t start() const { return unsettled_.start(); }
  size_t unsettled_rows() const { return unsettled_.rows(); }
  int64_t memory_bytes() const;
  /// Adds the same by node, and what is of none.
  void add_memory(PlanWork& work) const;

 private:
  void note_newest(const BlockSlice& slice);
  Partition& settled_of(uint32_t key) { return *settled_[key & (settled_.size() - 1)]; }
  uint32_t local_of(uint32_t key) const { return key >> parts_.partition_bits; }
  template <typename Each>
  void for_each_key(Each&& each);

  static constexpr size_t kStepRowsMax = size_t{1} << 16;

  const StreamParts parts_;
  StepBuilder settled_steps_;
  StepBuilder live_steps_;
  std::vector<std::unique_ptr<Partition>> settled_;
  std::vector<std::unique_ptr<Partition>> live_;
  WorkMeter meter_;
  UnsettledRows unsettled_;
  LiveKeys live_keys_;
  NewestEvents newest_settled_;
  std::vector<size_t> asked_;    // features of the last read: most ask for the same as the one before
  std::vector<uint8_t> wanted_;  // what these want
};

}  // namespace headrace
