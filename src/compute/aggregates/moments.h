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

#include <array>
#include <limits>
#include <type_traits>

namespace headrace {

/// The exponent of the unit of Σx. REQUIRES: !header.is_wide().
inline int unit_exponent(SumHeader header) {
  return static_cast<int>(header.base_x()) - static_cast<int>(kExponentBias);
}

/// Adds or subtracts a value to Σx in the first two limbs; returns false when the slow path must do it.
template <Change kChange>
inline bool try_change(Int128& sum, const Scaled& value) {
  if constexpr (kChange == Change::kUpdate) return !__builtin_add_overflow(sum, value.signed_value(), &sum);
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

  /// What several results of the same states are made of, each computed when first asked for. Not thread-safe.
  struct Rounded {
    static constexpr size_t kStatesMax = 64;

    std::array<double, kStatesMax> sums;
    std::array<double, kStatesMax> variances;
    bool has_sums = false;
    int variances_less_one = -1;  // as in variance(); -1: none are there
  };

  /// What write() does for kCount, kSum and kMean of many states, values[i] and valid[i] for states[i]. Where false,
  /// the value means nothing. REQUIRES: states.size() <= Rounded::kStatesMax.
  void write_sums(std::span<const State> states, Aggregation which, Rounded& rounded, Slot* values,
                  uint8_t* valid) const {
    if (which == Aggregation::kCount) return write_counts(states, values, valid);
    if constexpr (std::is_same_v<T, int64_t>) {
      if (which == Aggregation::kSum) {
        for (size_t i = 0; i < states.size(); ++i) valid[i] = write_sum(states[i], values[i]);
        return;
      }
    }
    if (!rounded.has_sums) round_sums(states, rounded);
    if (which == Aggregation::kSum) {
      for (size_t i = 0; i < states.size(); ++i) {
        valid[i] = static_cast<uint8_t>(store_finite(rounded.sums[i], values[i])) & (states[i].header.count() != 0);
      }
      return;
    }
    for (size_t i = 0; i < states.size(); ++i) {
      const uint64_t count = states[i].header.count();
      const double mean = rounded.sums[i] / static_cast<double>(static_cast<int64_t>(count));
      valid[i] = static_cast<uint8_t>(store_finite(mean, values[i])) & (count != 0);
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

  static void write_counts(std::span<const State> states, Slot* values, uint8_t* valid) {
    for (size_t i = 0; i < states.size(); ++i) {
      values[i] = states[i].header.count();
      valid[i] = 1;
    }
  }

  void round_sums(std::span<const State> states, Rounded& rounded) const {
    for (size_t i = 0; i < states.size(); ++i) {
      const Int128 sum = sum_of(states[i]);
      const int exponent = unit_exponent(states[i].header);
      if (is_middling(sum, exponent)) [[likely]] {
        rounded.sums[i] = round_middling(sum, exponent);
      } else {  // wide and empty states too
        rounded.sums[i] = rounded_sum(states[i]);
      }
    }
    rounded.has_sums = true;
  }

  double rounded_wide_sum(const State& state) const;
  void accumulate(State& state, T value, Change change) const;
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
    if (!change<Change::kUpdate>(state, value)) [[unlikely]]
      this->accumulate(state, value, Change::kUpdate);
    state.header.increment();
  }

  void retract(State& state, T value, EventTime = {}) const {
    if (!change<Change::kRetract>(state, value)) [[unlikely]]
      this->accumulate(state, value, Change::kRetract);
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

  /// write() of many states, see write_sums().
  void write_all(std::span<const State> states, Aggregation which, typename SumBase<T, 2>::Rounded& rounded,
                 Slot* values, uint8_t* valid) const {
    this->write_sums(states, which, rounded, values, valid);
  }

 private:
  template <Change kChange>
  static bool change(State& state, T value) {
    Scaled scaled;
    Int128 sum = SumBase<T, 2>::sum_of(state);
    if (!scale(value, state.header.base_x(), scaled) || !try_change<kChange>(sum, scaled)) [[unlikely]]
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
    if (!change<Change::kUpdate>(state, value)) [[unlikely]]
      this->accumulate(state, value, Change::kUpdate);
    state.header.increment();
  }

  void retract(State& state, T value, EventTime = {}) const {
    if (!change<Change::kRetract>(state, value)) [[unlikely]]
      this->accumulate(state, value, Change::kRetract);
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
    if (top != 0 || (numerator.limb[2] | numerator.limb[3]) == 0) [[unlikely]]
      return narrow_variance(state, less_one);
    return round_wide_quotient(numerator, count * (count - less_one), 2 * unit_exponent(state.header));
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

  /// write() of many states, see write_sums().
  void write_all(std::span<const State> states, Aggregation which, typename SumBase<T, 6>::Rounded& rounded,
                 Slot* values, uint8_t* valid) const {
    if (which == Aggregation::kCount || which == Aggregation::kSum || which == Aggregation::kMean) {
      return this->write_sums(states, which, rounded, values, valid);
    }
    const int less_one = which == Aggregation::kVariance || which == Aggregation::kStddev ? 1 : 0;
    if (rounded.variances_less_one != less_one) round_variances(states, less_one, rounded);
    const bool is_root = which == Aggregation::kStddev || which == Aggregation::kStddevPop;
    if (is_root) {
      for (size_t i = 0; i < states.size(); ++i) valid[i] = store_finite(std::sqrt(rounded.variances[i]), values[i]);
    } else {
      for (size_t i = 0; i < states.size(); ++i) valid[i] = store_finite(rounded.variances[i], values[i]);
    }
  }

 private:
  double slow_variance(const State& state, uint64_t less_one) const;
  /// Of any numerator. Out of line, for the registers of loops that seldom need it.
  double narrow_variance(const State& state, uint64_t less_one) const;

  /// Where there is no variance, an infinity, which is not stored.
  void round_variances(std::span<const State> states, int less_one, typename SumBase<T, 6>::Rounded& rounded) const {
    const auto taken = static_cast<uint64_t>(less_one);
    for (size_t i = 0; i < states.size(); ++i) {
      rounded.variances[i] =
          states[i].header.count() > taken ? variance(states[i], taken) : std::numeric_limits<double>::infinity();
    }
    rounded.variances_less_one = less_one;
  }

  template <Change kChange>
  static bool change(State& state, T value) {
    Scaled scaled;
    Int128 sum = SumBase<T, 6>::sum_of(state);
    if (!scale(value, state.header.base_x(), scaled) || !try_change<kChange>(sum, scaled)) [[unlikely]]
      return false;
    UInt256 squares = squares_of(state);
    if constexpr (kChange == Change::kUpdate) {
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
