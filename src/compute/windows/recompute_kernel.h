#pragma once

/// The readable form of every kernel: at each instant the window is looked up in the ring, and its events are fed one
/// after another to a new state. Nothing slides and nothing is kept, so that there is little to get wrong.
///
/// Tests force it in place of the kernels that slide (KernelChoice), which must give the same bits.
///
/// Order required: (time, arrival). Operator required: none beyond update. Time: O(window) an instant. Space: a
/// position a key; for lifetime windows also all events.

#include "compute/windows/bounds.h"
#include "compute/windows/kernel.h"
#include "compute/windows/retract_kernel.h"

namespace headrace {

/// The events of a ring that a window covers at t. REQUIRES: the ring holds them all.
inline Cursor window_at(const WindowSpec& window, const Ring& ring, int64_t t) {
  const Bounds bounds = bounds_at(window, t);
  Cursor covered{ring.begin, ring.begin};
  while (covered.head != ring.end && ring.at(covered.head).time() < bounds.end) ++covered.head;

  switch (window.kind) {
    case WindowSpec::Kind::kSize:
    case WindowSpec::Kind::kTumbling:
    case WindowSpec::Kind::kLifetime:
      while (covered.tail != covered.head && ring.at(covered.tail).time() < bounds.start) ++covered.tail;
      break;
    case WindowSpec::Kind::kLast:
      if (covered.head - covered.tail > static_cast<uint32_t>(window.last)) {
        covered.tail = covered.head - static_cast<uint32_t>(window.last);
      }
      break;
    case WindowSpec::Kind::kSession:
      // Back from t, as long as neighbours are no more than the gap apart.
      covered.tail = covered.head;
      for (int64_t next = t; covered.tail != ring.begin; --covered.tail) {
        const int64_t time = ring.at(covered.tail - 1).time();
        if (next - time > window.size.us) break;
        next = time;
      }
      break;
  }
  return covered;
}

/// Aggregates whose values hold until the next one: the value before the window counts from the window's start, the
/// last one until t.
template <typename A>
concept HoldsValues = requires(const A a, typename A::State s, EventTime t) { a.hold_until(s, t); };

template <typename A>
class RecomputeKernel : public StateKernel {
 public:
  RecomputeKernel(A aggregate, WindowSpec window)
      : aggregate_(std::move(aggregate)), window_(window), lifetime_(is_pair_input<Input>) {}

  void resize(size_t count) override {
    needed_.resize(count);
    if (!needs_ring(window_)) lifetime_.resize(count);
  }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    if (!needs_ring(window_)) keep(*run.rows);
    const RingSet& rings = needs_ring(window_) ? *run.rings : lifetime_;
    for (uint32_t instant : run.instants) {
      const uint32_t key = run.key_at(instant);
      const int64_t t = run.times[instant];
      const Cursor covered = events_at(rings[key], t);
      typename A::State state = aggregate_.identity();
      feed(rings[key], covered, t, state);
      write_outputs(aggregate_, state, outputs, instant);
      if constexpr (requires { aggregate_.reset(state); }) aggregate_.reset(state);
      needed_[key] = covered.tail;
    }
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { needed_[key] = events_at(ring, t).tail; }
  Position first_needed(uint32_t key) const override { return needed_[key]; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    const auto& from = static_cast<const RecomputeKernel&>(other);
    needed_[key] = from.needed_[key];
    if (!needs_ring(window_)) lifetime_.assign(lifetime_[key], from.lifetime_[key]);
  }
  void forget_key(uint32_t key) override {
    needed_[key] = 0;
    if (!needs_ring(window_)) lifetime_.release(key);
  }
  void store_key(uint32_t key, ScalarType type, StateWriter& writer) const override {
    lifetime_.store(lifetime_[key], lifetime_[key].begin, type, writer);
  }
  void restore_key(uint32_t key, ScalarType type, StateReader& reader) override {
    lifetime_.restore(lifetime_[key], type, reader);
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(needed_.capacity() * sizeof(Position)) + lifetime_.memory_bytes();
  }
  int64_t wide_promotions() const override { return promotions_of(aggregate_); }

 private:
  using Input = typename A::Input;

  Cursor events_at(const Ring& ring, int64_t t) const {
    Cursor covered = window_at(window_, ring, t);
    if constexpr (HoldsValues<A>) {
      if (covered.tail != ring.begin) --covered.tail;
    }
    return covered;
  }

  void feed(const Ring& ring, Cursor covered, int64_t t, typename A::State& state) const {
    int64_t start = kTimeMin;
    if constexpr (HoldsValues<A>) {
      if (needs_ring(window_)) start = bounds_at(window_, t).start - 1;
    }

    for (Position position = covered.tail; position != covered.head; ++position) {
      const RingEvent& event = ring.at(position);
      if (!event.is_valid()) continue;
      const int64_t time = HoldsValues<A> ? std::max(event.time(), start) : event.time();
      aggregate_.update(state, input_at<Input>(ring, position), EventTime{time});
    }
    if constexpr (HoldsValues<A>) aggregate_.hold_until(state, EventTime{t});
  }

  /// A lifetime window is told its events once, in the step in which they come.
  void keep(const SeriesRows& rows) {
    for (size_t row = 0; row < rows.size(); ++row) {
      Ring& ring = lifetime_[rows.keys[row]];
      if (ring.is_full()) lifetime_.grow(ring);
      if (rows.seconds.empty()) {
        lifetime_.push(ring, rows.events[row]);
      } else {
        lifetime_.push(ring, rows.events[row], rows.seconds[row]);
      }
    }
  }

  A aggregate_;
  WindowSpec window_;
  std::vector<Position> needed_;  // by key: the first event that the last window read
  RingSet lifetime_;              // of lifetime windows, which have no ring of the series
};

}  // namespace headrace
