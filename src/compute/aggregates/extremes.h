#pragma once

/// min, max and range by merging only; a sliding window of them is a monotonic deque (compute/windows).

#include "compute/aggregates/state_bytes.h"

#include <cmath>

namespace headrace {

/// The distance between two values of a window; nothing when it does not fit the type.
inline bool write_range(double min, double max, Slot& out) {
  const double range = max - min;
  out = to_slot(range + 0.0);
  return std::isfinite(range);
}
inline bool write_range(int64_t min, int64_t max, Slot& out) {
  int64_t range;
  const bool overflows = __builtin_sub_overflow(max, min, &range);
  out = to_slot(range);
  return !overflows;
}

/// T is double, int64_t (timestamps too) or Text, which orders by bytes.
template <typename T>
class ExtremesAggregate {
 public:
  struct State {
    T min{};
    T max{};
    bool is_empty = true;
  };
  using Input = T;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const { widen(state, value, value); }
  void merge(State& state, const State& other) const {
    if (!other.is_empty) widen(state, other.min, other.max);
  }

  void store(const State& state, StateWriter& writer) const {
    writer.value(!state.is_empty);
    if (state.is_empty) return;
    writer.value(state.min);
    writer.value(state.max);
  }
  void restore(State& state, StateReader& reader) const {
    state.is_empty = !reader.template value<bool>();
    if (state.is_empty) return;
    state.min = reader.template value<T>();
    state.max = reader.template value<T>();
  }

  /// REQUIRES: which is kMin, kMax, or, for numbers, kRange.
  bool write(const State& state, Aggregation which, const AggregationParams& /*params*/, Slot& out) const {
    if (state.is_empty) return false;
    if constexpr (!std::same_as<T, Text>) {
      if (which == Aggregation::kRange) return write_range(state.min, state.max, out);
    }
    out = to_slot(which == Aggregation::kMin ? state.min : state.max);
    return true;
  }

 private:
  static void widen(State& state, T min, T max) {
    if (state.is_empty || min < state.min) state.min = min;
    if (state.is_empty || state.max < max) state.max = max;
    state.is_empty = false;
  }
};

static_assert(Aggregate<ExtremesAggregate<double>> && !Retractable<ExtremesAggregate<double>>);

}  // namespace headrace
