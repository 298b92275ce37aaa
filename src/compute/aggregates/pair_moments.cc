#include "compute/aggregates/pair_moments.h"

#include "base/check.h"
#include "compute/exact/limb_products.h"

namespace headrace {
namespace {

enum Term { kX, kY, kXX, kYY, kXY };

template <Change kChange, typename X, typename Y>
bool try_products(ExactState<16>& state, const std::pair<X, Y>& values) {
  Scaled scaled_x;
  Scaled scaled_y;
  if (!scale(values.first, state.header.base_x(), scaled_x)) return false;
  if (!scale(values.second, state.header.base_y(), scaled_y)) return false;
  const Limbs<2> x = {{low_limb(scaled_x.magnitude), high_limb(scaled_x.magnitude)}};
  const Limbs<2> y = {{low_limb(scaled_y.magnitude), high_limb(scaled_y.magnitude)}};
  const bool is_retract = kChange == Change::kRetract;
  const bool x_down = (scaled_x.sign != 0) != is_retract;
  const bool y_down = (scaled_y.sign != 0) != is_retract;
  const bool xy_down = (scaled_x.sign != scaled_y.sign) != is_retract;
  ExactState<16> changed = state;
  const bool fits = add_or_subtract(changed.limbs, x, x_down) && add_or_subtract(changed.limbs + 2, y, y_down) &&
                    add_or_subtract(changed.limbs + 4, multiply(x, x), is_retract) &&
                    add_or_subtract(changed.limbs + 8, multiply(y, y), is_retract) &&
                    add_or_subtract(changed.limbs + 12, multiply(x, y), xy_down);
  if (fits) state = changed;
  return fits;
}

}  // namespace

template <typename X, typename Y>
PairMomentsAggregate<X, Y>::PairMomentsAggregate()
    : ExactAggregate<16>({{1, 0, 2}, {0, 1, 2}, {2, 0, 4}, {0, 2, 4}, {1, 1, 4}}, kEmptyBase<X>, kEmptyBase<Y>) {}

template <typename X, typename Y>
void PairMomentsAggregate<X, Y>::update(State& state, const Input& values, EventTime) const {
  if (!try_products<Change::kUpdate>(state, values)) {
    sums_->accumulate(state.limbs, state.header, to_operand(values.first), to_operand(values.second), 1, false);
  }
  state.header.increment();
}

template <typename X, typename Y>
void PairMomentsAggregate<X, Y>::retract(State& state, const Input& values, EventTime) const {
  if (!try_products<Change::kRetract>(state, values)) {
    sums_->accumulate(state.limbs, state.header, to_operand(values.first), to_operand(values.second), 1, true);
  }
  state.header.decrement();
  if (state.header.count() == 0) reset(state);
}

template <typename X, typename Y>
bool PairMomentsAggregate<X, Y>::write(const State& state, Aggregation which, const AggregationParams&,
                                       Slot& out) const {
  CHECK(which == Aggregation::kCovariance || which == Aggregation::kCorrelation);
  if (state.header.count() < 2) return false;
  const BigInteger count = BigInteger::from_unsigned(state.header.count());
  const BigInteger covariance = count * read(state, kXY) - read(state, kX) * read(state, kY);
  if (which == Aggregation::kCorrelation) return write_correlation(state, count, covariance, out);
  return store_finite(round_quotient(covariance, count * (count - BigInteger(1)), exponent(state, kXY)), out);
}

template <typename X, typename Y>
bool PairMomentsAggregate<X, Y>::write_correlation(const State& state, const BigInteger& count,
                                                   const BigInteger& covariance, Slot& out) const {
  const BigInteger sum_x = read(state, kX);
  const BigInteger sum_y = read(state, kY);
  const BigInteger variance_x = count * read(state, kXX) - sum_x * sum_x;
  const BigInteger variance_y = count * read(state, kYY) - sum_y * sum_y;
  if (variance_x.is_zero() || variance_y.is_zero()) return false;
  const double magnitude = std::sqrt(round_quotient(covariance * covariance, variance_x * variance_y, 0));
  return store_finite(covariance.negative() ? -magnitude : magnitude, out);
}

template class PairMomentsAggregate<double, double>;
template class PairMomentsAggregate<double, int64_t>;
template class PairMomentsAggregate<int64_t, double>;
template class PairMomentsAggregate<int64_t, int64_t>;

}  // namespace headrace
