#pragma once

/// The exact area under values that hold for a time: Σ xᵢ·dᵢ, for time_weighted_mean (language, section 5).
///
/// Which value holds how long is the engine's business. What was added in parts may be subtracted as a whole and the
/// other way round. REQUIRES: values are finite and never −0.0, durations are in microseconds and not negative.

#include "compute/aggregates/exact_aggregate.h"

namespace headrace {

template <typename T>
class TimeWeightedSum : public ExactAggregate<4> {
 public:
  using Input = T;

  TimeWeightedSum();

  void add(State& state, T value, int64_t duration_us) const;
  void subtract(State& state, T value, int64_t duration_us) const;

  /// Writes area / span rounded once; null when the span is 0.
  bool write(const State& state, int64_t span_us, Slot& out) const;

 private:
  void accumulate(State& state, T value, int64_t duration_us, Change change) const;
};

/// time_weighted_mean of values that come one after another, each of which holds until the next.
template <typename T>
class TimeWeightedAggregate {
 public:
  using Input = T;
  struct State {
    typename TimeWeightedSum<T>::State area;  // up to the newest value
    int64_t start_us = 0;
    int64_t newest_us = 0;
    T newest{};
    bool is_empty = true;
  };

  State identity() const { return {sums_.identity()}; }
  void update(State& state, T value, EventTime time) const {
    if (state.is_empty) state.start_us = time.us;
    hold_until(state, time);
    state.newest = value;
    state.newest_us = time.us;
    state.is_empty = false;
  }

  /// The newest value holds until then at least.
  void hold_until(State& state, EventTime time) const {
    if (state.is_empty) return;
    sums_.add(state.area, state.newest, time.us - state.newest_us);
    state.newest_us = time.us;
  }

  void store(const State& state, StateWriter& writer) const {
    sums_.store(state.area, writer);
    writer.value(state.start_us);
    writer.value(state.newest_us);
    writer.value(state.newest);
    writer.value(!state.is_empty);
  }
  void restore(State& state, StateReader& reader) const {
    sums_.restore(state.area, reader);
    state.start_us = reader.number();
    state.newest_us = reader.number();
    state.newest = reader.template value<T>();
    state.is_empty = !reader.template value<bool>();
  }

  bool write(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/, Slot& out) const {
    return !state.is_empty && sums_.write(state.area, state.newest_us - state.start_us, out);
  }

 private:
  TimeWeightedSum<T> sums_;
};

}  // namespace headrace
