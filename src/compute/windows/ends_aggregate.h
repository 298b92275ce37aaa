#pragma once

/// The events themselves as a state, from which first, last, first_k, last_k, delta, rate and count are read: for
/// RecomputeKernel, since the kernels that slide read them from the ring.

#include "compute/windows/position_kernel.h"

#include <algorithm>
#include <vector>

namespace headrace {

class EndsAggregate {
 public:
  using Input = Slot;
  using State = std::vector<RingEvent>;  // with values, in order

  explicit EndsAggregate(ScalarType type) : type_(type) {}

  State identity() const { return {}; }
  void update(State& state, Slot value, EventTime time) const {
    state.push_back(RingEvent::make(time.us, true, value));
  }

  bool write(const State& state, Aggregation which, const AggregationParams& /*params*/, Slot& out) const {
    if (which == Aggregation::kCount) {
      out = to_slot(static_cast<int64_t>(state.size()));
      return true;
    }
    return !state.empty() && write_ends({state.front(), state.back()}, which, type_, out);
  }

  bool write_list(const State& state, Aggregation which, const AggregationParams& params,
                  std::vector<Slot>& out) const {
    const size_t count = std::min(state.size(), static_cast<size_t>(params.k));
    const size_t begin = which == Aggregation::kFirstK ? 0 : state.size() - count;
    for (size_t i = begin; i < begin + count; ++i) out.push_back(state[i].value);
    return count > 0;
  }

 private:
  ScalarType type_;  // of the values, for delta and rate
};

}  // namespace headrace
