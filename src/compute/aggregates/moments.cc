#include "compute/aggregates/moments.h"

namespace headrace {

template <typename T, int N>
double SumBase<T, N>::rounded_wide_sum(const State& state) const {
  return round_to_double(this->read(state, 0), this->exponent(state, 0));
}

template <typename T, int N>
void SumBase<T, N>::accumulate(State& state, T value, Change change) const {
  this->sums_->accumulate(state.limbs, state.header, to_operand(value), unit_operand(), 1, change == Change::kRetract);
}

template <typename T>
double MomentsAggregate<T>::slow_variance(const State& state, uint64_t less_one) const {
  const BigInteger count = BigInteger::from_unsigned(state.header.count());
  const BigInteger sum = this->read(state, 0);
  const BigInteger numerator = count * this->read(state, 1) - sum * sum;
  const BigInteger divisor = count * BigInteger::from_unsigned(state.header.count() - less_one);
  return round_quotient(numerator, divisor, this->exponent(state, 1));
}

template <typename T>
double MomentsAggregate<T>::narrow_variance(const State& state, uint64_t less_one) const {
  UInt256 numerator;
  const uint64_t top = scaled_variance(state, numerator);
  const uint64_t limbs[5] = {numerator.limb[0], numerator.limb[1], numerator.limb[2], numerator.limb[3], top};
  const uint64_t count = state.header.count();
  return round_quotient(false, limbs, count * (count - less_one), 2 * unit_exponent(state.header));
}

template class SumBase<double, 2>;
template class SumBase<int64_t, 2>;
template class SumBase<double, 6>;
template class SumBase<int64_t, 6>;
template class MomentsAggregate<double>;
template class MomentsAggregate<int64_t>;

}  // namespace headrace
