#pragma once

/// any, all: how many values are true and how many are false.

#include "compute/aggregates/state_bytes.h"

namespace headrace {

class BoolCountsAggregate {
 public:
  struct State {
    int64_t trues = 0;
    int64_t falses = 0;
  };
  using Input = bool;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const { ++(value ? state.trues : state.falses); }
  void merge(State& state, const State& other) const {
    state.trues += other.trues;
    state.falses += other.falses;
  }
  void retract(State& state, Input value, EventTime /*time*/) const { --(value ? state.trues : state.falses); }

  void store(const State& state, StateWriter& writer) const {
    writer.value(state.trues);
    writer.value(state.falses);
  }
  void restore(State& state, StateReader& reader) const {
    state.trues = reader.number();
    state.falses = reader.number();
  }

  /// REQUIRES: which is kAny or kAll.
  bool write(const State& state, Aggregation which, const AggregationParams& /*params*/, Slot& out) const {
    if (state.trues + state.falses == 0) return false;
    out = to_slot(which == Aggregation::kAny ? state.trues > 0 : state.falses == 0);
    return true;
  }
};

static_assert(Retractable<BoolCountsAggregate>);

}  // namespace headrace
