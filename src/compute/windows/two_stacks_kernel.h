#pragma once

/// Two-stacks-lite: windows of aggregates that can merge but not retract, without recomputing.
///
/// The window is a front part, of which the aggregate of every suffix is kept, and a back part, of which one aggregate
/// is kept. Leaving the window pops a suffix; when the front is used up, the back becomes the new front.
///
/// Order required: first in, first out. Operator required: associative merge.
/// Time: amortised O(1) merges an event. Space: one state for each event of the front.
///
/// From "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time" (Tangwongsan, Hirzel, Schneider 2017),
/// there called Two-Stacks Lite.

#include "compute/windows/cursor.h"
#include "compute/windows/retract_kernel.h"

namespace headrace {

template <Aggregate A, WindowSpec::Kind kind>
class TwoStacksKernel : public StateKernel {
 public:
  TwoStacksKernel(A aggregate, WindowSpec window) : aggregate_(std::move(aggregate)), window_(window) {}

  void resize(size_t count) override {
    while (states_.size() < count) states_.push_back({{}, 0, {}, aggregate_.identity()});
  }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    for (uint32_t instant : run.instants) {
      const uint32_t key = run.key_at(instant);
      State& state = states_[key];
      move((*run.rings)[key], state, run.times[instant]);
      typename A::State whole = state.suffixes.empty() ? aggregate_.identity() : state.suffixes.back();
      aggregate_.merge(whole, state.back);
      write_outputs(aggregate_, whole, outputs, instant);
    }
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    states_[key] = static_cast<const TwoStacksKernel&>(other).states_[key];
  }
  void forget_key(uint32_t key) override { states_[key] = {{}, 0, {}, aggregate_.identity()}; }
  int64_t memory_bytes() const override {
    int64_t bytes = static_cast<int64_t>(states_.capacity() * sizeof(State));
    for (const State& state : states_) {
      bytes += static_cast<int64_t>(state.suffixes.capacity() * sizeof(typename A::State));
    }
    return bytes;
  }

 private:
  struct State {
    Cursor cursor;
    Position middle;                          // the front is [tail, middle)
    std::vector<typename A::State> suffixes;  // of [position, middle), the one of tail last
    typename A::State back;                   // of [middle, head)
  };
  using Input = typename A::Input;

  void move(const Ring& ring, State& state, int64_t t) {
    headrace::advance<kind>(
        window_, t, ring, state.cursor, [&](Position position) { take(ring, position, state.back); },
        [&](Position position) {
          if (!is_before(position, state.middle)) flip(ring, state, position);
          state.suffixes.pop_back();
        },
        [&] {
          state.suffixes.clear();
          state.back = aggregate_.identity();
          state.middle = state.cursor.head;
        });
  }

  void take(const Ring& ring, Position position, typename A::State& into) const {
    const RingEvent& event = ring.at(position);
    if (event.is_valid()) aggregate_.update(into, input_at<Input>(ring, position), EventTime{event.time()});
  }

  /// Makes [tail, head) the front; tail is about to leave.
  void flip(const Ring& ring, State& state, Position tail) {
    state.suffixes.clear();
    for (Position position = state.cursor.head; position-- != tail;) {
      typename A::State suffix = aggregate_.identity();
      take(ring, position, suffix);
      if (!state.suffixes.empty()) aggregate_.merge(suffix, state.suffixes.back());
      state.suffixes.push_back(std::move(suffix));
    }
    state.middle = state.cursor.head;
    state.back = aggregate_.identity();
  }

  A aggregate_;
  WindowSpec window_;
  std::vector<State> states_;
};

}  // namespace headrace
