#pragma once

/// Minimum and maximum of a window by monotonic deques: an event that is beaten by a later one can never be the extreme
/// again, so only the rising (falling) run of candidates is kept. For windows whose events may have no value (last,
/// session); suffix_extremes_kernel.h is for the others.
///
/// Order required: times do not fall. Operator required: a total order.
/// Time: amortised O(1) an event. Space: the candidates, O(log n) expected for values in random order, n at worst.

#include "compute/aggregates/extremes.h"
#include "compute/windows/cursor.h"
#include "compute/windows/retract_kernel.h"

namespace headrace {

/// A growing ring of candidates. Trivially copyable; the kernel frees it.
template <typename T>
struct CandidateDeque {
  struct Candidate {
    Position position;
    T value;
  };
  Candidate* items = nullptr;
  uint32_t front = 0;
  uint32_t size = 0;
  uint32_t mask = 0;

  const Candidate& first() const { return items[front & mask]; }
  const Candidate& last() const { return items[(front + size - 1) & mask]; }

  /// `beats(a, b)`: a later value a makes an earlier b useless. Returns the bytes newly allocated.
  template <typename Beats>
  int64_t push(Position position, T value, Beats&& beats) {
    while (size > 0 && beats(value, last().value)) --size;
    int64_t grown = 0;
    if (items == nullptr || size == mask + 1) grown = grow();
    items[(front + size++) & mask] = {position, value};
    return grown;
  }
  /// Takes over the candidates of another deque. Returns the bytes newly allocated.
  int64_t assign(const CandidateDeque& other) {
    int64_t grown = 0;
    size = 0;
    while (other.size > (items == nullptr ? 0 : mask + 1)) grown += grow();
    front = 0;
    size = other.size;
    for (uint32_t i = 0; i < size; ++i) items[i] = other.items[(other.front + i) & other.mask];
    return grown;
  }
  /// Returns the bytes given back.
  int64_t release() {
    const int64_t bytes = items == nullptr ? 0 : (int64_t{mask} + 1) * static_cast<int64_t>(sizeof(Candidate));
    ::operator delete(items);
    *this = {};
    return bytes;
  }
  void drop_before(Position bound) {
    while (size > 0 && is_before(first().position, bound)) ++front, --size;
  }

 private:
  int64_t grow() {
    const uint32_t old_capacity = items == nullptr ? 0 : mask + 1;
    const uint32_t capacity = old_capacity == 0 ? 4 : old_capacity * 2;
    auto* larger = static_cast<Candidate*>(::operator new(capacity * sizeof(Candidate)));
    for (uint32_t i = 0; i < size; ++i) larger[i] = items[(front + i) & mask];
    ::operator delete(items);
    items = larger;
    front = 0;
    mask = capacity - 1;
    return static_cast<int64_t>((capacity - old_capacity) * sizeof(Candidate));
  }
};

template <typename T, WindowSpec::Kind kind, bool has_min, bool has_max>
class ExtremesKernel : public StateKernel {
 public:
  explicit ExtremesKernel(WindowSpec window) : window_(window) {}
  ~ExtremesKernel() override {
    for (State& state : states_) {
      ::operator delete(state.low.items);
      ::operator delete(state.high.items);
    }
  }

  void resize(size_t count) override { states_.resize(count); }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    for (uint32_t instant : run.instants) {
      const uint32_t key = run.key_at(instant);
      State& state = states_[key];
      move((*run.rings)[key], state, run.times[instant]);
      for (const KernelOutput& output : outputs) write(state, output, instant);
    }
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    const State& from = static_cast<const ExtremesKernel&>(other).states_[key];
    State& to = states_[key];
    to.cursor = from.cursor;
    memory_bytes_ += to.low.assign(from.low) + to.high.assign(from.high);
  }
  void forget_key(uint32_t key) override {
    State& state = states_[key];
    memory_bytes_ -= state.low.release() + state.high.release();
    state.cursor = {};
  }
  int64_t memory_bytes() const override {
    return memory_bytes_ + static_cast<int64_t>(states_.capacity() * sizeof(State));
  }

 private:
  struct alignas(64) State {
    Cursor cursor;
    CandidateDeque<T> low;
    CandidateDeque<T> high;
  };

  void move(const Ring& ring, State& state, int64_t t) {
    headrace::advance<kind>(
        window_, t, ring, state.cursor,
        [&](Position position) {
          const RingEvent& event = ring.at(position);
          if (!event.is_valid()) return;
          const T value = from_slot<T>(event.value);
          if constexpr (has_min) memory_bytes_ += state.low.push(position, value, [](T a, T b) { return a <= b; });
          if constexpr (has_max) memory_bytes_ += state.high.push(position, value, [](T a, T b) { return a >= b; });
        },
        [](Position) {}, [] {});
    if constexpr (has_min) state.low.drop_before(state.cursor.tail);
    if constexpr (has_max) state.high.drop_before(state.cursor.tail);
  }

  static void write(const State& state, const KernelOutput& output, uint32_t instant) {
    Slot slot = 0;
    bool has_value = false;
    if constexpr (has_min) {
      if (output.aggregation == Aggregation::kMin && state.low.size > 0)
        has_value = true, slot = to_slot(state.low.first().value);
    }
    if constexpr (has_max) {
      if (output.aggregation == Aggregation::kMax && state.high.size > 0)
        has_value = true, slot = to_slot(state.high.first().value);
    }
    if constexpr (has_min && has_max && !std::same_as<T, Text>) {
      if (output.aggregation == Aggregation::kRange && state.low.size > 0) {
        has_value = write_range(state.low.first().value, state.high.first().value, slot);
      }
    }
    output.valid[instant] = has_value;
    output.values[instant] = slot;
  }

  WindowSpec window_;
  std::vector<State> states_;
  int64_t memory_bytes_ = 0;
};

}  // namespace headrace
