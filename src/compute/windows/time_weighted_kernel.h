#pragma once

/// time_weighted_mean: each value holds until the next event or t; a value that entered before the window holds from
/// the window's start (language, section 5).
///
/// The state is the exact area of the segments between neighbours in [tail, head); the parts before the window's start
/// and after the last event are added when a value is read.
///
/// Order required: (time, arrival). Operator required: exact subtract.
/// Time: amortised O(1) an event. Space: an area and two positions a key.

#include "compute/aggregates/time_weighted.h"
#include "compute/windows/kernel.h"

namespace headrace {

template <typename T>
class TimeWeightedKernel : public StateKernel {
 public:
  /// window: a size (closed right, no offset) or lifetime.
  explicit TimeWeightedKernel(WindowSpec window) : window_(window) {}

  void resize(size_t count) override {
    while (states_.size() < count) states_.push_back({area_.identity()});
  }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    if (window_.kind == WindowSpec::Kind::kLifetime) return run_lifetime(run, outputs);
    for (uint32_t instant : run.instants) {
      const uint32_t key = run.key_at(instant);
      const int64_t t = run.times[instant];
      State& state = states_[key];
      const Ring& ring = (*run.rings)[key];
      move(ring, state, t);
      if (state.head == state.tail) {
        write_null(outputs, instant);
        continue;
      }
      const RingEvent& first = ring.at(state.tail);
      const RingEvent& last = ring.at(state.head - 1);
      const int64_t start = t - window_.size.us;
      const int64_t before = first.time() < start ? start - first.time() : 0;
      area_.add(state.area, from_slot<T>(last.value), t - last.time());
      area_.subtract(state.area, from_slot<T>(first.value), before);
      write(state, t - first.time() - before, outputs, instant);
      area_.subtract(state.area, from_slot<T>(last.value), t - last.time());
      area_.add(state.area, from_slot<T>(first.value), before);
    }
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    const auto& from = static_cast<const TimeWeightedKernel&>(other);
    State& to = states_[key];
    typename TimeWeightedSum<T>::State area = to.area;
    assign_state(area_, area, from.area_, from.states_[key].area);
    to = from.states_[key];
    to.area = area;
  }
  void forget_key(uint32_t key) override {
    State& state = states_[key];
    clear_state(area_, state.area);
    state = {area_.identity()};
  }
  void store_key(uint32_t key, ScalarType /*type*/, StateWriter& writer) const override {
    const State& state = states_[key];
    writer.value(state.is_started);
    if (!state.is_started) return;
    area_.store(state.area, writer);
    writer.value(state.first_time);
    writer.word(static_cast<uint64_t>(state.last.stamp));
    writer.word(state.last.value);
  }
  void restore_key(uint32_t key, ScalarType /*type*/, StateReader& reader) override {
    State& state = states_[key];
    state.is_started = reader.value<bool>();
    if (!state.is_started) return;
    area_.restore(state.area, reader);
    state.first_time = reader.number();
    state.last.stamp = reader.number();
    state.last.value = reader.word();
  }
  int64_t memory_bytes() const override { return static_cast<int64_t>(states_.capacity() * sizeof(State)); }

 private:
  struct State {
    typename TimeWeightedSum<T>::State area;
    Position tail = 0;  // the newest event at or before the window's start, else the first in the window
    Position head = 0;
    // For lifetime, instead of a ring.
    int64_t first_time = 0;
    RingEvent last{};
    bool is_started = false;
  };

  void move(const Ring& ring, State& state, int64_t t) {
    for (; state.head != ring.end && ring.at(state.head).time() <= t; ++state.head) {
      if (state.head != state.tail) add_segment(ring, state, state.head - 1);
    }
    const int64_t start = t - window_.size.us;
    while (state.head - state.tail > 1 && ring.at(state.tail + 1).time() <= start) {
      const RingEvent& event = ring.at(state.tail);
      area_.subtract(state.area, from_slot<T>(event.value), ring.at(state.tail + 1).time() - event.time());
      ++state.tail;
    }
  }

  void add_segment(const Ring& ring, State& state, Position position) {
    const RingEvent& event = ring.at(position);
    area_.add(state.area, from_slot<T>(event.value), ring.at(position + 1).time() - event.time());
  }

  void run_lifetime(const KernelRun& run, std::span<const KernelOutput> outputs) {
    const SeriesRows& rows = *run.rows;
    size_t row = 0;
    for (uint32_t instant : run.instants) {
      const int64_t t = run.times[instant];
      for (; row < rows.size() && rows.events[row].time() <= t; ++row) take(rows, row);
      State& state = states_[run.key_at(instant)];
      if (!state.is_started) {
        write_null(outputs, instant);
        continue;
      }
      area_.add(state.area, from_slot<T>(state.last.value), t - state.last.time());
      write(state, t - state.first_time, outputs, instant);
      area_.subtract(state.area, from_slot<T>(state.last.value), t - state.last.time());
    }
    for (; row < rows.size(); ++row) take(rows, row);
  }

  void take(const SeriesRows& rows, size_t row) {
    const RingEvent& event = rows.events[row];
    if (!event.is_valid()) return;
    State& state = states_[rows.keys[row]];
    if (state.is_started) {
      area_.add(state.area, from_slot<T>(state.last.value), event.time() - state.last.time());
    } else {
      state.first_time = event.time();
    }
    state.is_started = true;
    state.last = event;
  }

  void write(const State& state, int64_t span_us, std::span<const KernelOutput> outputs, uint32_t instant) const {
    for (const KernelOutput& output : outputs) {
      Slot slot = 0;
      output.valid[instant] = area_.write(state.area, span_us, slot);
      output.values[instant] = slot;
    }
  }
  static void write_null(std::span<const KernelOutput> outputs, uint32_t instant) {
    for (const KernelOutput& output : outputs) output.valid[instant] = 0, output.values[instant] = 0;
  }

  TimeWeightedSum<T> area_;
  WindowSpec window_;
  std::vector<State> states_;
};

}  // namespace headrace
