#include "compute/aggregates/power_moments.h"

#include "base/check.h"
#include "compute/exact/limb_products.h"

namespace headrace {
namespace {

/// The four sums of a compact state.
constexpr SumTerm kPower1{1, 0, 2};
constexpr SumTerm kPower2{2, 0, 4};
constexpr SumTerm kPower3{3, 0, 6};
constexpr SumTerm kPower4{4, 0, 8};

template <Change kChange, typename T>
bool try_powers(ExactState<20>& state, T value) {
  Scaled scaled;
  if (!scale(value, state.header.base_x(), scaled)) return false;
  const bool negative = scaled.sign != 0;
  const Limbs<2> power1 = {{low_limb(scaled.magnitude), high_limb(scaled.magnitude)}};
  const Limbs<4> power2 = multiply(power1, power1);
  const Limbs<6> power3 = multiply(power2, power1);
  const Limbs<8> power4 = multiply(power2, power2);
  ExactState<20> changed = state;
  const bool is_retract = kChange == Change::kRetract;
  const bool fits = add_or_subtract(changed.limbs, power1, negative != is_retract) &&
                    add_or_subtract(changed.limbs + 2, power2, is_retract) &&
                    add_or_subtract(changed.limbs + 6, power3, negative != is_retract) &&
                    add_or_subtract(changed.limbs + 12, power4, is_retract);
  if (fits) state = changed;
  return fits;
}

}  // namespace

template <typename T>
PowerMomentsAggregate<T>::PowerMomentsAggregate()
    : ExactAggregate<20>({kPower1, kPower2, kPower3, kPower4}, kEmptyBase<T>, kIntegerBase) {}

template <typename T>
void PowerMomentsAggregate<T>::update(State& state, T value, EventTime) const {
  if (!try_powers<Change::kUpdate>(state, value)) {
    sums_->accumulate(state.limbs, state.header, to_operand(value), unit_operand(), 1, false);
  }
  state.header.increment();
}

template <typename T>
void PowerMomentsAggregate<T>::retract(State& state, T value, EventTime) const {
  if (!try_powers<Change::kRetract>(state, value)) {
    sums_->accumulate(state.limbs, state.header, to_operand(value), unit_operand(), 1, true);
  }
  state.header.decrement();
  if (state.header.count() == 0) reset(state);
}

template <typename T>
bool PowerMomentsAggregate<T>::write(const State& state, Aggregation which, const AggregationParams&, Slot& out) const {
  CHECK(which == Aggregation::kSkewness || which == Aggregation::kKurtosis);
  if (which == Aggregation::kSkewness) return state.header.count() >= 3 && store_finite(skewness(state), out);
  return state.header.count() >= 4 && store_finite(kurtosis(state), out);
}

template <typename T>
double PowerMomentsAggregate<T>::skewness(const State& state) const {
  const BigInteger n = BigInteger::from_unsigned(state.header.count());
  const BigInteger s1 = read(state, 0);
  const BigInteger s2 = read(state, 1);
  const BigInteger square = s1 * s1;
  const BigInteger m2 = n * s2 - square;
  if (m2.is_zero()) return 0.0;
  const BigInteger m3 = n * (n * read(state, 2) - BigInteger(3) * (s1 * s2)) + BigInteger(2) * (square * s1);
  const BigInteger less_two = n - BigInteger(2);
  const BigInteger numerator = m3 * m3 * (n * (n - BigInteger(1)));
  const double magnitude = std::sqrt(round_quotient(numerator, m2 * m2 * m2 * (less_two * less_two), 0));
  return m3.negative() ? -magnitude : magnitude;
}

template <typename T>
double PowerMomentsAggregate<T>::kurtosis(const State& state) const {
  const BigInteger n = BigInteger::from_unsigned(state.header.count());
  const BigInteger s1 = read(state, 0);
  const BigInteger s2 = read(state, 1);
  const BigInteger square = s1 * s1;
  const BigInteger m2 = n * s2 - square;
  if (m2.is_zero()) return 0.0;
  const BigInteger m4 =
      n * (n * (n * read(state, 3) - BigInteger(4) * (s1 * read(state, 2))) + BigInteger(6) * (square * s2)) -
      BigInteger(3) * (square * square);
  // (n−1)/((n−2)(n−3)) · ((n+1)·m₄/m₂² − 3(n−1)) over one denominator.
  const BigInteger less_one = n - BigInteger(1);
  const BigInteger m2_square = m2 * m2;
  const BigInteger numerator = less_one * ((n + BigInteger(1)) * m4 - BigInteger(3) * (less_one * m2_square));
  return round_quotient(numerator, (n - BigInteger(2)) * (n - BigInteger(3)) * m2_square, 0);
}

template class PowerMomentsAggregate<double>;
template class PowerMomentsAggregate<int64_t>;

}  // namespace headrace
