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

}  // namespace headrace
