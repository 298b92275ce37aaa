#pragma once

/// count: how many values there are.

#include "compute/aggregates/state_bytes.h"

namespace headrace {

class CountAggregate {
 public:
  struct State {
    int64_t count = 0;
  };
  using Input = Slot;  // the value does not matter

  State identity() const { return {}; }
  void update(State& state, Input /*value*/, EventTime /*time*/) const { ++state.count; }
  void merge(State& state, const State& other) const { state.count += other.count; }
  void retract(State& state, Input /*value*/, EventTime /*time*/) const { --state.count; }

  void store(const State& state, StateWriter& writer) const { writer.value(state.count); }
  void restore(State& state, StateReader& reader) const { state.count = reader.number(); }

  bool write(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/, Slot& out) const {
    out = to_slot(state.count);
    return true;
  }
};

static_assert(Retractable<CountAggregate>);

}  // namespace headrace
