#pragma once

/// The events of a series, for each key a growing ring in order of (time, arrival), shared by all windows over it.
///
/// Positions count the events of a key, so a window keeps two of them (a Cursor) and needs no events of its own:
///
///        begin        tail              head        end
///          |  dropped   | in the window  | not yet   |
///
/// They have 32 bits and wrap around; only their distances mean something, and a ring holds less than 2^31 events.
///
/// A set may continue another one, its base: what is settled lies in the base, and the continuation adds, in the same
/// memory, what may still change.
///
///        begin                     end of the base           end of the continuation
///          |  settled, of both rings  |  of the continuation only  |  free
///
/// The continuation is cut back to the base by continue_from(), and pushes again; the base, as it goes on, pushes what
/// the continuation has there, or the continuation is cut back before it is read again.
///
/// Invariants:
///   (1) Times do not fall with the position.
///   (2) Every cursor of a ring has begin <= tail <= head <= end.
///   (3) A continuation ends at most a capacity behind the begin of its base, and never drops events.
///
/// Not thread-safe: a RingSet belongs to one partition.

#include "base/check.h"
#include "compute/aggregates/aggregate.h"
#include "compute/aggregates/state_bytes.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace headrace {

using Position = uint32_t;

/// The events [tail, head) of a ring are in a window; cursor.h moves it.
struct Cursor {
  Position tail = 0;
  Position head = 0;
};

/// Whether a comes before b. REQUIRES: they are less than 2^31 apart.
constexpr bool is_before(Position a, Position b) { return static_cast<int32_t>(a - b) < 0; }

/// Asks for array[index] in the cache without touching it; the array may be null.
template <typename T>
inline void prefetch_element(const T* array, size_t index) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(array) + index * sizeof(T)));
}

/// An event: its time, whether the value is there, and the value.
struct RingEvent {
  int64_t stamp;  // time * 2 + validity: valid timestamps use 58 bits
  Slot value;

  int64_t time() const { return stamp >> 1; }
  /// Whether the time is before another, given in stamps: 2 * time.
  bool is_before_stamp(int64_t other) const { return stamp < other; }
  bool is_valid() const { return (stamp & 1) != 0; }
  static RingEvent make(int64_t time, bool valid, Slot value) { return {time * 2 + (valid ? 1 : 0), value}; }
};

/// The events of one key. A pair series keeps its second values behind the events.
struct Ring {
  RingEvent* events = nullptr;
  Position begin = 0;
  Position end = 0;
  uint32_t mask = 0;  // capacity − 1; capacity is 0 while events is null

  const RingEvent& at(Position position) const { return events[position & mask]; }
  Slot second_at(Position position) const { return reinterpret_cast<const Slot*>(events + mask + 1)[position & mask]; }
  /// Brings an event into the cache; harmless for an empty ring.
  void prefetch(Position position) const { prefetch_element(events, position & mask); }
  /// The same for `count` events from a position on.
  void prefetch(Position position, uint32_t count) const {
    constexpr uint32_t kPerLine = 64 / sizeof(RingEvent);
    for (uint32_t i = 0; i < count; i += kPerLine) prefetch(position + i);
  }
  uint32_t size() const { return end - begin; }
  bool is_full() const { return events == nullptr || size() == mask + 1; }
};

class RingSet {
 public:
  /// `base`: the set that this one continues. It lives longer.
  explicit RingSet(bool has_pairs, RingSet* base = nullptr)
      : event_bytes_(sizeof(RingEvent) + (has_pairs ? sizeof(Slot) : 0)), base_(base) {}
  ~RingSet() {
    if (base_ != nullptr) return;  // the memory is the base's
    for (Ring& ring : rings_) ::operator delete(ring.events);
  }
  RingSet(const RingSet&) = delete;
  RingSet& operator=(const RingSet&) = delete;

  void resize(size_t keys) { rings_.resize(keys); }
  size_t size() const { return rings_.size(); }
  Ring& operator[](size_t key) { return rings_[key]; }
  const Ring& operator[](size_t key) const { return rings_[key]; }

  /// REQUIRES: !ring.is_full().
  void push(Ring& ring, RingEvent event) {
    ring.events[ring.end & ring.mask] = event;
    ++ring.end;
  }
  void push(Ring& ring, RingEvent event, Slot second) {
    reinterpret_cast<Slot*>(ring.events + ring.mask + 1)[ring.end & ring.mask] = second;
    push(ring, event);
  }

  bool is_continuation() const { return base_ != nullptr; }
  /// Makes a ring of a continuation that of its base.
  void continue_from(size_t key) { rings_[key] = (*base_)[key]; }
  /// Looks where the base's ring lies now. To be called after the base was pushed to, before this one is used.
  void follow(size_t key) {
    const Ring& base = (*base_)[key];
    Ring& ring = rings_[key];
    ring.events = base.events;
    ring.mask = base.mask;
    ring.begin = base.begin;
  }

  /// Forgets the events before a position. REQUIRES: this is no continuation.
  void drop_before(Ring& ring, Position position) {
    if (is_before(ring.begin, position)) ring.begin = is_before(position, ring.end) ? position : ring.end;
  }

  /// Doubles the capacity: of the base's ring too where this is a continuation.
  void grow(Ring& ring) {
    Ring& owner = base_ == nullptr ? ring : (*base_)[static_cast<size_t>(&ring - rings_.data())];
    CHECK(!is_before(ring.end, owner.end));
    const uint32_t old_capacity = owner.events == nullptr ? 0 : owner.mask + 1;
    CHECK_LT(old_capacity, uint32_t{1} << 30);
    const uint32_t capacity = old_capacity == 0 ? kCapacityFirst : old_capacity * 2;
    RingEvent* events = copy_of(ring, capacity);
    ::operator delete(owner.events);
    owner.events = ring.events = events;
    owner.mask = ring.mask = capacity - 1;
    (base_ == nullptr ? *this : *base_).memory_bytes_ +=
        static_cast<int64_t>(capacity - old_capacity) * static_cast<int64_t>(event_bytes_);
  }

  /// Makes a ring of this set what a ring of another is. REQUIRES: neither is of a continuation.
  void assign(Ring& ring, const Ring& other) {
    const uint32_t capacity = other.events == nullptr ? 0 : other.mask + 1;
    const uint32_t old_capacity = ring.events == nullptr ? 0 : ring.mask + 1;
    RingEvent* events = other.events == nullptr ? nullptr : copy_of(other, capacity);
    ::operator delete(ring.events);
    ring = other;
    ring.events = events;
    memory_bytes_ += (int64_t{capacity} - int64_t{old_capacity}) * static_cast<int64_t>(event_bytes_);
  }

  /// Makes a ring empty, as if nothing had been pushed, and gives its memory back. Of a continuation: its base gives it.
  void release(size_t key) {
    Ring& ring = rings_[key];
    if (base_ == nullptr && ring.events != nullptr) {
      memory_bytes_ -= (int64_t{ring.mask} + 1) * static_cast<int64_t>(event_bytes_);
      ::operator delete(ring.events);
    }
    ring = {};
  }

  /// The events of a ring from a position on. `type`: of the (first) values.
  void store(const Ring& ring, Position from, ScalarType type, StateWriter& writer) const {
    writer.word(ring.end - from);
    for (Position position = from; position != ring.end; ++position) {
      const RingEvent& event = ring.at(position);
      writer.word(static_cast<uint64_t>(event.stamp));
      if (event.is_valid()) writer.slot(event.value, type);
      if (has_pairs()) writer.word(ring.second_at(position));
    }
  }
  /// REQUIRES: the ring is empty, and of no continuation.
  void restore(Ring& ring, ScalarType type, StateReader& reader) {
    for (size_t left = reader.count(8); left > 0; --left) {
      const int64_t stamp = reader.number();
      const bool is_valid = (stamp & 1) != 0;
      const RingEvent event = RingEvent::make(stamp >> 1, is_valid, is_valid ? reader.slot(type) : 0);
      const Slot second = has_pairs() ? reader.word() : 0;
      if (!reader.ok()) return;
      if (ring.is_full()) grow(ring);
      has_pairs() ? push(ring, event, second) : push(ring, event);
    }
  }

  int64_t memory_bytes() const { return memory_bytes_ + static_cast<int64_t>(rings_.capacity() * sizeof(Ring)); }

 private:
  static constexpr uint32_t kCapacityFirst = 4;

  bool has_pairs() const { return event_bytes_ != sizeof(RingEvent); }

  /// The events of a ring in new memory.
  RingEvent* copy_of(const Ring& ring, uint32_t capacity) const {
    auto* events = static_cast<RingEvent*>(::operator new(capacity * event_bytes_));
    auto* seconds = reinterpret_cast<Slot*>(events + capacity);
    for (Position position = ring.begin; position != ring.end; ++position) {
      events[position & (capacity - 1)] = ring.at(position);
      if (has_pairs()) seconds[position & (capacity - 1)] = ring.second_at(position);
    }
    return events;
  }

  size_t event_bytes_;
  RingSet* base_;
  std::vector<Ring> rings_;
  int64_t memory_bytes_ = 0;
};

}  // namespace headrace
