#pragma once

/// Exact skewness and excess kurtosis (language, section 5), as pandas computes them.
///
/// Keeps Σx to Σx⁴ exactly: 168 bytes a state. With the sums Sᵢ, the integers
///   M₂ = n·S₂ − S₁²,  M₃ = n²·S₃ − 3n·S₁·S₂ + 2·S₁³,  M₄ = n³·S₄ − 4n²·S₁·S₃ + 6n·S₁²·S₂ − 3·S₁⁴
/// are nᵏ times the central moments mₖ, and n and the unit cancel in m₃²/m₂³ and in m₄/m₂²; each result is one fraction
/// of big integers, rounded once. REQUIRES: as in moments.h.

#include "compute/aggregates/exact_aggregate.h"

namespace headrace {

template <typename T>
class PowerMomentsAggregate : public ExactAggregate<20> {
 public:
  using Input = T;

  PowerMomentsAggregate();

  void update(State& state, T value, EventTime = {}) const;
  void retract(State& state, T value, EventTime = {}) const;

  /// Writes kSkewness or kKurtosis.
  bool write(const State& state, Aggregation which, const AggregationParams&, Slot& out) const;

 private:
  double skewness(const State& state) const;
  double kurtosis(const State& state) const;
};

}  // namespace headrace
