#pragma once

/// Exact count, sum, mean, variance and standard deviation (language, section 5).
///
/// The hot path of most features, so states are small and their updates inline and nearly free of branches:
///
///   SumAggregate      Σx in 128 bits and a header             24 bytes
///   MomentsAggregate  Σx in 128 bits, Σx² in 256, a header    56 bytes: with one word of the engine's, a cache line
///
/// Values that do not fit take the slow path of ExactSums; those of int64 always fit. n·Σx² − (Σx)² is formed exactly
/// and rounded once, so a variance has no cancellation, and any order of updates, retractions and merges gives the same
/// bits.
///
/// REQUIRES: values are finite and never −0.0; only values that were added are retracted.

#include "base/check.h"
#include "compute/aggregates/exact_aggregate.h"
#include "compute/aggregates/running_sums.h"
#include "compute/exact/rounding.h"

#include <type_traits>

namespace headrace {

/// The exponent of the unit of Σx. REQUIRES: !header.is_wide().
inline int unit_exponent(SumHeader header) {
  return static_cast<int>(header.base_x()) - static_cast<int>(kExponentBias);
}

/// Adds or subtracts a value to Σx in the first two limbs; returns false when the slow path must do it.
template <Step kStep>
inline bool try_step(Int128& sum, const Scaled& value) {
  if constexpr (kStep == Step::kUpdate) return !__builtin_add_overflow(sum, value.signed_value(), &sum);
  return !__builtin_sub_overflow(sum, value.signed_value(), &sum);
}

/// What SumAggregate and MomentsAggregate have in common: a state that begins with Σx.
template <typename T, int N>
class SumBase : public ExactAggregate<N> {
 public:
  using Input = T;
  using State = ExactState<N>;
  using Running = RunningSums<T, N>;

  /// Whether a copy of the state can be read after the state has changed: all but wide ones.
  bool is_plain(const State& state) const { return !is_wide(state); }

  /// Σx rounded once; an infinity past the largest double. For int64 the exact sum as a double.
  double rounded_sum(const State& state) const {
    if (is_wide(state)) [[unlikely]]
      return rounded_wide_sum(state);
    return round_integer(sum_of(state), unit_exponent(state.header));
  }

  bool write_sum(const State& state, Slot& out) const {
    if (state.header.count() == 0) return false;
    if constexpr (std::is_same_v<T, int64_t>) {
      const Int128 sum = sum_of(state);
      out = to_slot(static_cast<int64_t>(sum));
      return sum == static_cast<int64_t>(sum);
    } else {
      return store_finite(rounded_sum(state), out);
    }
  }

  bool write_mean(const State& state, Slot& out) const {
    const uint64_t count = state.header.count();
    if (count == 0) return false;
    return store_finite(rounded_sum(state) / static_cast<double>(static_cast<int64_t>(count)), out);
  }

  /// write_mean() of many states, values[i] and valid[i] for states[i]. Where false, the value means nothing.
  void write_means(std::span<const State> states, Slot* values, uint8_t* valid) const {
    for (size_t i = 0; i < states.size(); ++i) {
      const State& state = states[i];
      const Int128 sum = sum_of(state);
      const int exponent = unit_exponent(state.header);
      const uint64_t count = state.header.count();
      if (!is_middling(sum, exponent)) [[unlikely]] {  // wide and empty states too
        valid[i] = write_mean(state, values[i]);
        continue;
      }
      values[i] = to_slot(round_middling(sum, exponent) / static_cast<double>(static_cast<int64_t>(count)) + 0.0);
      valid[i] = count != 0;
    }
  }

 protected:
  using ExactAggregate<N>::ExactAggregate;

  static Int128 sum_of(const State& state) { return static_cast<Int128>(join_limbs(state.limbs[0], state.limbs[1])); }
  static void set_sum(State& state, Int128 sum) {
    state.limbs[0] = low_limb(static_cast<UInt128>(sum));
    state.limbs[1] = high_limb(static_cast<UInt128>(sum));
  }
  static bool is_wide(const State& state) { return !std::is_same_v<T, int64_t> && state.header.is_wide(); }

  double rounded_wide_sum(const State& state) const;
  void accumulate(State& state, T value, Step step) const;
  void finish_retract(State& state) const {
    state.header.decrement();
    if (state.header.count() == 0) [[unlikely]]
      this->reset(state);
  }
};

template <typename T>
class SumAggregate : public SumBase<T, 2> {
 public:
  using State = ExactState<2>;

  SumAggregate() : SumBase<T, 2>({{1, 0, 2}}, kEmptyBase<T>, kIntegerBase) {}

  void update(State& state, T value, EventTime = {}) const {
    if (!step<Step::kUpdate>(state, value)) [[unlikely]]
      this->accumulate(state, value, Step::kUpdate);
    state.header.increment();
  }

  void retract(State& state, T value, EventTime = {}) const {
    if (!step<Step::kRetract>(state, value)) [[unlikely]]
      this->accumulate(state, value, Step::kRetract);
    this->finish_retract(state);
  }

  /// Writes kCount, kSum or kMean.
  bool write(const State& state, Aggregation which, const AggregationParams&, Slot& out) const {
    if (which == Aggregation::kSum) return this->write_sum(state, out);
    if (which == Aggregation::kMean) return this->write_mean(state, out);
    CHECK(which == Aggregation::kCount);
    out = state.header.count();
    return true;
  }

  /// write() of many states, values[i] and valid[i] for states[i].
  void write_all(std::span<const State> states, Aggregation which, const AggregationParams& params, Slot* values,
                 uint8_t* valid) const {
    if (which == Aggregation::kMean) return this->write_means(states, values, valid);
    for (size_t i = 0; i < states.size(); ++i) valid[i] = write(states[i], which, params, values[i]);
  }

 private:
  template <Step kStep>
  static bool step(State& state, T value) {
    Scaled scaled;
    Int128 sum = SumBase<T, 2>::sum_of(state);
    if (!scale(value, state.header.base_x(), scaled) || !try_step<kStep>(sum, scaled)) [[unlikely]]
      return false;
    SumBase<T, 2>::set_sum(state, sum);
    return true;
  }
};

template <typename T>
class MomentsAggregate : public SumBase<T, 6> {
 public:
  using State = ExactState<6>;

  MomentsAggregate() : SumBase<T, 6>({{1, 0, 2}, {2, 0, 4}}, kEmptyBase<T>, kIntegerBase) {}

  void update(State& state, T value, EventTime = {}) const {
    if (!step<Step::kUpdate>(state, value)) [[unlikely]]
      this->accumulate(state, value, Step::kUpdate);
    state.header.increment();
  }

  void retract(State& state, T value, EventTime = {}) const {
    if (!step<Step::kRetract>(state, value)) [[unlikely]]
      this->accumulate(state, value, Step::kRetract);
    this->finish_retract(state);
  }

  /// With less_one the divisor is n(n−1), of the sample, else n². An infinity past the largest double.
  /// REQUIRES: count > less_one.
  [[gnu::always_inline]] double variance(const State& state, uint64_t less_one) const {
    const uint64_t count = state.header.count();
    if (this->is_wide(state) || count >> 32 != 0) [[unlikely]]
      return slow_variance(state, less_one);
    UInt256 numerator;
    const uint64_t top = scaled_variance(state, numerator);
    const uint64_t divisor = count * (count - less_one);
    const int exponent = 2 * unit_exponent(state.header);
    if (top == 0 && (numerator.limb[2] | numerator.limb[3]) != 0) [[likely]]
      return round_wide_quotient(numerator, divisor, exponent);
    const uint64_t limbs[5] = {numerator.limb[0], numerator.limb[1], numerator.limb[2], numerator.limb[3], top};
    return round_quotient(false, limbs, divisor, exponent);
  }

  /// Writes kCount, kSum, kMean, kVariance, kVariancePop, kStddev or kStddevPop.
  bool write(const State& state, Aggregation which, const AggregationParams&, Slot& out) const {
    if (which == Aggregation::kSum) return this->write_sum(state, out);
    if (which == Aggregation::kMean) return this->write_mean(state, out);
    if (which == Aggregation::kCount) {
      out = state.header.count();
      return true;
    }
    const bool of_sample = which == Aggregation::kVariance || which == Aggregation::kStddev;
    const bool is_root = which == Aggregation::kStddev || which == Aggregation::kStddevPop;
    CHECK(of_sample || is_root || which == Aggregation::kVariancePop);
    if (state.header.count() <= (of_sample ? 1 : 0)) return false;
    const double value = variance(state, of_sample ? 1 : 0);
    return store_finite(is_root ? std::sqrt(value) : value, out);
  }

  /// write() of many states, values[i] and valid[i] for states[i].
  void write_all(std::span<const State> states, Aggregation which, const AggregationParams& params, Slot* values,
                 uint8_t* valid) const {
    if (which == Aggregation::kMean) return this->write_means(states, values, valid);
    if (which == Aggregation::kStddev) {
      for (size_t i = 0; i < states.size(); ++i) {
        valid[i] = states[i].header.count() > 1 && store_finite(std::sqrt(variance(states[i], 1)), values[i]);
      }
      return;
    }
    for (size_t i = 0; i < states.size(); ++i) valid[i] = write(states[i], which, params, values[i]);
  }

 private:
  double slow_variance(const State& state, uint64_t less_one) const;

  template <Step kStep>
  static bool step(State& state, T value) {
    Scaled scaled;
    Int128 sum = SumBase<T, 6>::sum_of(state);
    if (!scale(value, state.header.base_x(), scaled) || !try_step<kStep>(sum, scaled)) [[unlikely]]
      return false;
    UInt256 squares = squares_of(state);
    if constexpr (kStep == Step::kUpdate) {
      add(squares, square(scaled.magnitude));
      if (static_cast<int64_t>(squares.limb[3]) < 0) [[unlikely]]
        return false;
    } else {
      subtract(squares, square(scaled.magnitude));
    }
    SumBase<T, 6>::set_sum(state, sum);
    state.limbs[2] = squares.limb[0];
    state.limbs[3] = squares.limb[1];
    state.limbs[4] = squares.limb[2];
    state.limbs[5] = squares.limb[3];
    return true;
  }

  static UInt256 squares_of(const State& state) {
    return {{state.limbs[2], state.limbs[3], state.limbs[4], state.limbs[5]}};
  }

  /// n·Σx² − (Σx)², below 2^287: four limbs, and returns the fifth. REQUIRES: compact, count < 2^32.
  [[gnu::always_inline]] static uint64_t scaled_variance(const State& state, UInt256& result) {
    const uint64_t count = state.header.count();
    const UInt128 first = static_cast<UInt128>(state.limbs[2]) * count;
    const UInt128 second = static_cast<UInt128>(state.limbs[3]) * count + high_limb(first);
    const UInt128 third = static_cast<UInt128>(state.limbs[4]) * count + high_limb(second);
    const UInt128 fourth = static_cast<UInt128>(state.limbs[5]) * count + high_limb(third);
    result = {{low_limb(first), low_limb(second), low_limb(third), low_limb(fourth)}};
    const uint64_t borrow = subtract(result, square(absolute(SumBase<T, 6>::sum_of(state))));
    return high_limb(fourth) + borrow;
  }
};

}  // namespace headrace
