#pragma once

/// Minimum and maximum of windows between two times, by two stacks: nearly free of branches, which cost more than the
/// comparisons when values come in random order.
///
/// The window is a front [tail, middle), of which the extremes of every suffix are kept, and a back [middle, head), of
/// which only the extremes are kept. An event that leaves moves the tail; when the front is used up, the back becomes
/// the new front in one backward pass.
///
/// Order required: first in, first out. Operator required: a total order.
/// Time: amortised O(1) an event. Space: two values for each event of the front.

#include "compute/aggregates/extremes.h"
#include "compute/windows/cursor.h"
#include "compute/windows/edge_block.h"
#include "compute/windows/retract_kernel.h"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

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

  /// Of no events.
  static constexpr Extent none()
    requires std::is_arithmetic_v<T>
  {
    using Limits = std::numeric_limits<T>;
    if constexpr (Limits::has_infinity) return {Limits::infinity(), -Limits::infinity()};
    return {Limits::max(), Limits::min()};
  }
};

template <typename T, WindowSpec::Kind kind>
class SuffixExtremesKernel : public StateKernel {
 public:
  explicit SuffixExtremesKernel(WindowSpec window) : window_(window) {}
  ~SuffixExtremesKernel() override {
    for (State& state : states_) ::operator delete(state.suffixes);
  }

  void resize(size_t count) override { states_.resize(count); }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    const RingSet& rings = *run.rings;

    for_each_group(
        run,
        [&](uint32_t key) {
          __builtin_prefetch(&states_[key], 1);
          __builtin_prefetch(&rings[key]);
        },
        [&](uint32_t key, uint32_t count) {
          const State& state = states_[key];
          rings[key].prefetch(state.cursor.tail, count);
          rings[key].prefetch(state.cursor.head, count);
          prefetch_suffixes(state, state.cursor.tail, count);
        },
        [&](const KeyGroup& group) {
          const std::span<const uint32_t> instants = run.grouped.subspan(group.begin, group.end - group.begin);
          const Ring& ring = rings[group.key];
          State& state = states_[group.key];
          if constexpr (std::is_arithmetic_v<T>) {
            run_blocks(ring, state, edges_of<kind>(window_, ring, state.cursor, run, group), run.times, instants,
                       outputs);
          } else {
            run_singly(ring, state, run.times, instants, outputs);
          }
        });
    if constexpr (std::is_arithmetic_v<T>) run.edges->are_known = true;
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    const State& from = static_cast<const SuffixExtremesKernel&>(other).states_[key];
    State& to = states_[key];
    if (from.capacity > to.capacity) reserve(to, from.capacity);
    const State own = to;
    to = from;
    to.suffixes = own.suffixes;
    to.capacity = own.capacity;
    for (Position at = from.cursor.tail; is_before(at, from.middle); ++at) {
      to.suffixes[at - to.front] = from.suffixes[at - from.front];
    }
  }
  void forget_key(uint32_t key) override {
    State& state = states_[key];
    memory_bytes_ -= static_cast<int64_t>(state.capacity) * static_cast<int64_t>(sizeof(Extent<T>));
    ::operator delete(state.suffixes);
    state = {};
  }
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

  void run_singly(const Ring& ring, State& state, const int64_t* times, std::span<const uint32_t> instants,
                  std::span<const KernelOutput> outputs) {
    for (uint32_t instant : instants) {
      move(ring, state, times[instant]);
      write(state, outputs, instant);
    }
  }

  static void prefetch_suffixes(const State& state, Position tail, uint32_t count) {
    constexpr uint32_t kPerLine = 64 / sizeof(Extent<T>);
    for (uint32_t i = 0; i < count; i += kPerLine) prefetch_element(state.suffixes, tail + i - state.front);
  }

  void run_blocks(const Ring& ring, State& state, std::span<const Cursor> edges, const int64_t* times,
                  std::span<const uint32_t> instants, std::span<const KernelOutput> outputs) {
    while (!instants.empty()) {
      const size_t block = block_size(edges, state.cursor);
      const size_t count = std::max<size_t>(block, 1);
      if (block > 0) {
        if (edges.size() > block) prefetch_suffixes(state, edges[block].tail, kBlockInstants);
        for (size_t done = 0; done < block;) done = widen_front(ring, state, edges.first(block), done);
        write_block(edges, instants.first(block), outputs);
      } else {
        run_singly(ring, state, times, instants.first(1), outputs);
      }
      instants = instants.subspan(count);
      edges = edges.subspan(count);
    }
  }

  /// Computes the extents of instants of the block from `first` on, as long as they begin in one front; returns the
  /// end.
  size_t widen_front(const Ring& ring, State& state, std::span<const Cursor> edges, size_t first) {
    Cursor& cursor = state.cursor;
    if (is_before(state.middle, edges[first].tail)) {
      cursor.tail = edges[first].tail;
      if (is_before(cursor.tail, cursor.head)) {
        flip(ring, state);
      } else {
        cursor.head = state.middle = cursor.tail;
      }
    }

    size_t last = edges.size();
    while (is_before(state.middle, edges[last - 1].tail)) --last;

    // The extents of the back before each event that enters, and at the end.
    const Position begin = cursor.head;
    Extent<T> back = state.middle == begin ? Extent<T>::none() : state.back;
    backs_[0] = back;
    cursor = edges[last - 1];
    for (Position position = begin; is_before(position, cursor.head); ++position) {
      back.widen(extent_at(ring, position));
      backs_[position - begin + 1] = back;
    }
    state.back = back;

    for (size_t i = first; i < last; ++i) {
      const Cursor edge = edges[i];
      extents_[i] = backs_[edge.head - begin];
      if (edge.tail != state.middle) extents_[i].widen(state.suffixes[edge.tail - state.front]);
    }
    return last;
  }

  void write_block(std::span<const Cursor> edges, std::span<const uint32_t> instants,
                   std::span<const KernelOutput> outputs) const {
    // Copies, which storing bytes cannot change.
    for (const KernelOutput output : outputs) {
      if (output.aggregation == Aggregation::kRange) {
        for (size_t i = 0; i < instants.size(); ++i) {
          const uint32_t instant = instants[i];
          Slot slot = 0;
          output.valid[instant] = static_cast<uint8_t>(write_range(extents_[i].low, extents_[i].high, slot)) &
                                  (edges[i].tail != edges[i].head);
          output.values[instant] = slot;
        }
        continue;
      }
      const T Extent<T>::* const end = output.aggregation == Aggregation::kMin ? &Extent<T>::low : &Extent<T>::high;
      for (size_t i = 0; i < instants.size(); ++i) {
        const uint32_t instant = instants[i];
        output.valid[instant] = edges[i].tail != edges[i].head;
        output.values[instant] = to_slot(extents_[i].*end);
      }
    }
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
    auto* suffixes = static_cast<Extent<T>*>(::operator new(capacity * sizeof(Extent<T>)));
    ::operator delete(state.suffixes);
    state.suffixes = suffixes;
    memory_bytes_ += static_cast<int64_t>(capacity - state.capacity) * static_cast<int64_t>(sizeof(Extent<T>));
    state.capacity = capacity;
  }

  static void write(const State& state, std::span<const KernelOutput> outputs, uint32_t instant) {
    const Cursor cursor = state.cursor;
    const bool has_value = cursor.tail != cursor.head;
    Extent<T> whole = state.back;
    if (has_value && is_before(cursor.tail, state.middle)) {
      whole = state.suffixes[cursor.tail - state.front];
      if (cursor.head != state.middle) whole.widen(state.back);
    }
    for (const KernelOutput& output : outputs) {
      if constexpr (!std::same_as<T, Text>) {
        if (output.aggregation == Aggregation::kRange) {
          Slot range = 0;
          output.valid[instant] = has_value && write_range(whole.low, whole.high, range);
          output.values[instant] = range;
          continue;
        }
      }
      output.valid[instant] = has_value;
      output.values[instant] = to_slot(output.aggregation == Aggregation::kMin ? whole.low : whole.high);
    }
  }

  WindowSpec window_;
  std::vector<State> states_;
  int64_t memory_bytes_ = 0;

  std::array<Extent<T>, kBlockInstants> extents_;
  std::array<Extent<T>, kBlockEvents + 1> backs_;
};

}  // namespace headrace
