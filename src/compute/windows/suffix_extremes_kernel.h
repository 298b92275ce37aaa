#pragma once

/// Minimum and maximum of windows between two times, by two stacks: nearly free of branches, which cost more than the
/// comparisons when values come in random order.
///
/// The window is a front [tail, middle), of which the extremes of every suffix are kept, and a back [middle, head), of
/// which only the extremes are kept. An event that leaves moves the tail; when the front is used up, the back becomes the
/// new front in one backward pass.
/// Order required: first in, first out. Operator required: a total order. Time: amortised O(1) an event.
/// Space: two values for each event of the front.

#include "compute/aggregates/extremes.h"
#include "compute/windows/cursor.h"
#include "compute/windows/retract_kernel.h"

#include <algorithm>

namespace headrace {

/// The extremes of some events.
template <typename T>
struct Extent {
  T low;
  T high;

  void widen(const Extent& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};

template <typename T, WindowSpec::Kind kind>
class SuffixExtremesKernel : public StateKernel {
 public:
  explicit SuffixExtremesKernel(WindowSpec window) : window_(window) {}
  ~SuffixExtremesKernel() override {
    for (State& state : states_) std::free(state.suffixes);
  }

  void resize(size_t count) override { states_.resize(count); }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    const RingSet& rings = *run.rings;
    for_each_instant(
        run,
        [&](uint32_t key) {
          __builtin_prefetch(&states_[key], 1);
          __builtin_prefetch(&rings[key]);
        },
        [&](uint32_t key) {
          const State& state = states_[key];
          rings[key].prefetch(state.cursor.tail);
          rings[key].prefetch(state.cursor.head);
          prefetch_element(state.suffixes, state.cursor.tail - state.front);
        },
        [&](uint32_t instant, uint32_t key) {
          State& state = states_[key];
          move(rings[key], state, run.times[instant]);
          write(state, outputs, instant);
        });
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  int64_t memory_bytes() const override {
    return memory_bytes_ + static_cast<int64_t>(states_.capacity() * sizeof(State));
  }

 private:
  struct alignas(64) State {
    Cursor cursor;
    Position front = 0;   // where the suffixes begin
    Position middle = 0;  // where they end; the back is [middle, head)
    Extent<T>* suffixes = nullptr;
    Extent<T> back{};  // meaningless while the back is empty
    uint32_t capacity = 0;
  };

  static Extent<T> extent_at(const Ring& ring, Position position) {
    const T value = from_slot<T>(ring.at(position).value);
    return {value, value};
  }

  void move(const Ring& ring, State& state, int64_t t) {
    const Bounds bounds = bounds_of<kind>(window_, t);
    Cursor& cursor = state.cursor;
    while (cursor.tail != cursor.head && ring.at(cursor.tail).time() < bounds.start) ++cursor.tail;
    if (cursor.tail == cursor.head) {
      while (cursor.head != ring.end && ring.at(cursor.head).time() < bounds.start) ++cursor.head;
      cursor.tail = state.middle = cursor.head;
    } else if (is_before(state.middle, cursor.tail)) {
      flip(ring, state);
    }
    for (; cursor.head != ring.end && ring.at(cursor.head).time() < bounds.end; ++cursor.head) {
      const Extent<T> event = extent_at(ring, cursor.head);
      if (cursor.head == state.middle) {
        state.back = event;
      } else {
        state.back.widen(event);
      }
    }
  }

  /// Makes [tail, head) the front. REQUIRES: it is not empty.
  void flip(const Ring& ring, State& state) {
    const Cursor cursor = state.cursor;
    const uint32_t count = cursor.head - cursor.tail;
    if (count > state.capacity) reserve(state, ring.mask + 1);
    state.front = cursor.tail;
    state.middle = cursor.head;
    Extent<T> suffix = extent_at(ring, cursor.head - 1);
    for (uint32_t i = count; i-- > 0;) {
      suffix.widen(extent_at(ring, cursor.tail + i));
      state.suffixes[i] = suffix;
    }
  }

  void reserve(State& state, uint32_t capacity) {
    std::free(state.suffixes);
    state.suffixes = static_cast<Extent<T>*>(std::malloc(capacity * sizeof(Extent<T>)));
    CHECK(state.suffixes != nullptr);
    memory_bytes_ += static_cast<int64_t>(capacity - state.capacity) * static_cast<int64_t>(sizeof(Extent<T>));
    state.capacity = capacity;
  }

  static void write(const State& state, std::span<const KernelOutput> outputs, uint32_t instant) {
    const Cursor cursor = state.cursor;
    const bool there = cursor.tail != cursor.head;
    Extent<T> whole = state.back;
    if (there && is_before(cursor.tail, state.middle)) {
      whole = state.suffixes[cursor.tail - state.front];
      if (cursor.head != state.middle) whole.widen(state.back);
    }
    for (const KernelOutput& output : outputs) {
      if constexpr (!std::same_as<T, Text>) {
        if (output.aggregation == Aggregation::kRange) {
          Slot range = 0;
          output.valid[instant] = there && write_range(whole.low, whole.high, range);
          output.values[instant] = range;
          continue;
        }
      }
      output.valid[instant] = there;
      output.values[instant] = to_slot(output.aggregation == Aggregation::kMin ? whole.low : whole.high);
    }
  }

  WindowSpec window_;
  std::vector<State> states_;
  int64_t memory_bytes_ = 0;
};

}  // namespace headrace
