#pragma once

/// A StateKernel keeps the states of one state node for all keys of a partition and writes values at instants.
///
/// The engine calls it once for each run of a step, not once for each event: a run is some thousand instants in order
/// of time, and the loop inside is specialised for the aggregate, the input type and the window.

#include "compute/aggregates/aggregate.h"
#include "compute/aggregates/state_bytes.h"
#include "compute/windows/ring.h"
#include "compute/windows/window.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace headrace {

/// Lists that are results: a slot points to a count and the items behind it. One arena belongs to one partition of a
/// step; the step keeps it until its rows are written.
class ListArena {
 public:
  Slot add(std::span<const Slot> items);
  static std::span<const Slot> items_of(Slot list) {
    const auto* words = reinterpret_cast<const Slot*>(list);
    return {words + 1, words[0]};
  }

 private:
  static constexpr size_t kBlockWords = 8192;
  std::vector<std::unique_ptr<Slot[]>> blocks_;
  size_t left_ = 0;
  Slot* next_ = nullptr;
};

/// Where the values of one feature go: arrays over the step's instants.
struct KernelOutput {
  Aggregation aggregation;
  const AggregationParams* params;
  Slot* values;
  uint8_t* valid;
  ListArena* lists;
};

/// The values of a series in one partition of a step, in order of (time, arrival), without the filtered events.
struct SeriesRows {
  std::vector<uint32_t> keys;  // local to the partition
  std::vector<RingEvent> events;
  std::vector<Slot> seconds;  // of a pair series

  size_t size() const { return events.size(); }
  void clear() { keys.clear(), events.clear(), seconds.clear(); }
};

/// Some instants of one key: [begin, end) of KernelRun::grouped.
struct KeyGroup {
  uint32_t key;  // local to the partition
  uint32_t begin;
  uint32_t end;
};

/// Where the windows at the instants of a run begin and end, for all kernels over the same events, windows and
/// instants.
struct WindowEdges {
  std::vector<Cursor> at;  // one for each of KernelRun::grouped
  bool are_known = false;  // the first kernel that needs them finds them
};

/// Instants at which values are wanted. States of different keys have nothing to do with each other, so that a kernel
/// with rings may take all instants of one key at once, while its state and its events are in the nearest cache.
struct KernelRun {
  std::span<const uint32_t> instants;  // positions in the step's instants, in order of time
  std::span<const uint32_t> grouped;   // the same, those of one key together, and in order of time among them
  std::span<const KeyGroup> groups;    // of `grouped`
  const int64_t* times = nullptr;      // of each of the step's instants
  const uint32_t* ids = nullptr;       // key of each of the step's instants; local key = id >> key_shift
  int key_shift = 0;
  WindowEdges* edges = nullptr;      // not for lifetime windows
  const RingSet* rings = nullptr;    // events of the series; not for lifetime windows
  const SeriesRows* rows = nullptr;  // the step's new events of the series; for lifetime windows

  uint32_t key_at(uint32_t instant) const { return ids[instant] >> key_shift; }
};

/// Calls each(group) for all groups of a run, and before that fetches what they will need into the cache: first
/// what hangs on the key alone, then what that points to, given about how many events will be looked at. States of many
/// keys do not fit the near caches, and waiting for them one after another would cost more than all arithmetic.
template <typename FetchKey, typename FetchEvents, typename Each>
inline void for_each_group(const KernelRun& run, FetchKey&& fetch_key, FetchEvents&& fetch_events, Each&& each) {
  constexpr size_t kKeyAhead = 16;
  constexpr size_t kEventsAhead = 8;
  constexpr uint32_t kFetchedMax = 64;
  const size_t count = run.groups.size();
  for (size_t i = 0; i < count; ++i) {
    if (i + kKeyAhead < count) fetch_key(run.groups[i + kKeyAhead].key);
    if (i + kEventsAhead < count) {
      const KeyGroup& group = run.groups[i + kEventsAhead];
      fetch_events(group.key, std::min(group.end - group.begin, kFetchedMax));
    }
    each(run.groups[i]);
  }
}

/// Not thread-safe: belongs to one partition. Runs come in order of time.
class StateKernel {
 public:
  virtual ~StateKernel() = default;

  /// Makes room for keys 0 to count − 1.
  virtual void resize(size_t count) = 0;
  virtual void run(const KernelRun& run, std::span<const KernelOutput> outputs) = 0;

  /// Takes in all events of the key up to t and lets go of what no window at t or later covers. Harmless between runs;
  /// REQUIRES: no later run asks for an instant before t.
  virtual void advance(uint32_t /*key*/, const Ring& /*ring*/, int64_t /*t*/) {}
  /// The first position of the key's ring that this kernel still needs.
  virtual Position first_needed(uint32_t /*key*/) const { return 0; }

  /// Makes the state of a key that of the same key in `other`, wherever it had gone before. Cursors are positions of
  /// that kernel's rings. REQUIRES: make_kernel() made both of the same node and choice; both have room for the key.
  virtual void copy_key(const StateKernel& other, uint32_t key) = 0;

  /// Makes the state of a key that of one that has seen nothing, and gives its memory back.
  virtual void forget_key(uint32_t key) = 0;

  /// Stores the state of a key of a lifetime window. Other windows have nothing to store: a kernel that begins anew over
  /// the events of the ring comes to the same state. `type`: of the values.
  virtual void store_key(uint32_t /*key*/, ScalarType /*type*/, StateWriter& /*writer*/) const { CHECK(false); }
  /// REQUIRES: the key has seen nothing here; make_kernel() made the kernel that stored it of the same node and choice.
  virtual void restore_key(uint32_t /*key*/, ScalarType /*type*/, StateReader& /*reader*/) { CHECK(false); }

  virtual int64_t memory_bytes() const = 0;
  /// Exact sums that left their compact form so far.
  virtual int64_t wide_promotions() const { return 0; }
};

/// Which of the kernels that give the same values.
enum class KernelChoice {
  kSliding,    // what suits the aggregate and the window
  kRecompute,  // recompute_kernel.h for all of them, to test the others
};

/// Whether windows of this kind look at events again when they leave: all but lifetime.
inline bool needs_ring(const WindowSpec& window) { return window.kind != WindowSpec::Kind::kLifetime; }

/// Whether events without a value count for the window's extent, so that they must be in the ring too.
inline bool needs_null_events(const WindowSpec& window) {
  return window.kind == WindowSpec::Kind::kLast || window.kind == WindowSpec::Kind::kSession;
}

}  // namespace headrace
