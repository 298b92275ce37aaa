#pragma once

/// Exact covariance and correlation of two values of each event (language, section 5).
///
/// Keeps Σx, Σy, Σx², Σy² and Σxy exactly: 136 bytes a state. With C = n·Σxy − Σx·Σy and Vx, Vy likewise,
///   covariance = RN(C / (n(n−1))),  correlation = sign(C)·sqrt(RN(C² / (Vx·Vy))).
/// REQUIRES: as in moments.h, for both sides.

#include "compute/aggregates/exact_aggregate.h"

#include <utility>

namespace headrace {

template <typename X, typename Y>
class PairMomentsAggregate : public ExactAggregate<16> {
 public:
  using Input = std::pair<X, Y>;

  PairMomentsAggregate();

  void update(State& state, const Input& values, EventTime = {}) const;
  void retract(State& state, const Input& values, EventTime = {}) const;

  /// Writes kCovariance or kCorrelation.
  bool write(const State& state, Aggregation which, const AggregationParams&, Slot& out) const;

 private:
  bool write_correlation(const State& state, const BigInteger& count, const BigInteger& covariance, Slot& out) const;
};

}  // namespace headrace
