#pragma once

/// ewma: the mean with weights that halve every half-life, counted back from the newest value.
///
/// Weights cannot be subtracted without losing digits, so there is no retract; a sliding window merges (two-stacks).
/// Time is cut into cells of one half-life. A state holds Σ x·w and Σ w with w = 2^(time in cells − its newest cell):
/// the fraction is one exp2 of a number in [0, 1), moving to a later cell is an exact power of two, and the sums are
/// double-doubles. So errors do not add up with the number of values or merges: the result is within 1e-15 of the
/// largest |x|, and a constant series gives its constant.
///
/// The value is null where Σ x·w overflows a double, with weights counted from the newest value.

#include "compute/aggregates/state_bytes.h"

#include <limits>

namespace headrace {

/// An unevaluated sum of two doubles, about 106 bits.
struct DoubleDouble {
  double high = 0.0;
  double low = 0.0;
};

/// What does not depend on the type of values.
class EwmaAlgebra {
 public:
  struct State {
    int64_t cell = 0;  // floor(newest / half-life)
    int64_t newest_us = std::numeric_limits<int64_t>::min();
    DoubleDouble weight;        // zero: no value
    DoubleDouble sum;           // of values below 2^500
    DoubleDouble sum_of_large;  // of the others, times 2^-600, which cannot overflow
  };

  /// REQUIRES: half_life > 0.
  explicit EwmaAlgebra(Duration half_life) : half_life_(half_life) {}

  State identity() const { return {}; }
  void merge(State& state, const State& other) const;

  void store(const State& state, StateWriter& writer) const;
  void restore(State& state, StateReader& reader) const;

  bool write(const State& state, Aggregation which, const AggregationParams& params, Slot& out) const;

 protected:
  void add(State& state, double value, EventTime time) const;

 private:
  /// 2^(position of the time in its cell), in [1, 2].
  double weight_in_cell(int64_t time_us, int64_t cell) const;

  Duration half_life_;
};

/// T is double or int64_t.
template <typename T>
class EwmaAggregate : public EwmaAlgebra {
 public:
  using Input = T;
  using EwmaAlgebra::EwmaAlgebra;

  void update(State& state, Input value, EventTime time) const { add(state, static_cast<double>(value), time); }
};

static_assert(Aggregate<EwmaAggregate<double>> && !Retractable<EwmaAggregate<double>>);

}  // namespace headrace
