#pragma once

/// median, percentile: all values of the window, sorted.
///
/// Memory: 8 bytes a value and up to as much slack. Time: see SortedBlocks; two ranks for each read.

#include "compute/aggregates/percentile.h"
#include "compute/aggregates/sorted_blocks.h"
#include "compute/aggregates/state_bytes.h"

namespace headrace {

/// T is double or int64_t.
template <typename T>
class OrderedAggregate {
 public:
  using State = SortedBlocks<T>;
  using Input = T;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const { state.insert(value); }
  void merge(State& state, const State& other) const { state.merge(other); }
  /// REQUIRES: the value is there; any value, not only the oldest.
  void retract(State& state, Input value, EventTime /*time*/) const { state.erase(value); }

  void store(const State& state, StateWriter& writer) const {
    writer.value(state.weight());
    state.visit_while([&](T value) { return writer.value(value), true; });
  }
  void restore(State& state, StateReader& reader) const {
    for (size_t left = reader.count(8); left > 0; --left) state.insert(reader.template value<T>());
  }

  /// REQUIRES: which is kMedian or kPercentile.
  bool write(const State& state, Aggregation which, const AggregationParams& params, Slot& out) const {
    const double p = which == Aggregation::kMedian ? 0.5 : params.p;
    return write_percentile(state.weight(), p, [&](int64_t rank) { return static_cast<double>(state.at(rank)); }, out);
  }
};

static_assert(Retractable<OrderedAggregate<double>>);

}  // namespace headrace
