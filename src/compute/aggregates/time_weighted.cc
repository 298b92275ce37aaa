#include "compute/aggregates/time_weighted.h"

#include "base/check.h"
#include "compute/exact/limb_products.h"
#include "compute/exact/rounding.h"

namespace headrace {
namespace {

constexpr int kDurationBits = 63;

template <Change kChange, typename T>
bool try_area(ExactState<4>& state, T value, int64_t duration_us) {
  Scaled scaled;
  if (!scale(value, state.header.base_x(), scaled)) return false;
  const Limbs<2> height = {{low_limb(scaled.magnitude), high_limb(scaled.magnitude)}};
  const Limbs<3> area = multiply(height, Limbs<1>{{static_cast<uint64_t>(duration_us)}});
  const Limbs<4> widened = {{area.limb[0], area.limb[1], area.limb[2], 0}};
  ExactState<4> changed = state;
  const bool is_negative = scaled.sign != 0;
  if (!add_or_subtract(changed.limbs, widened, is_negative != (kChange == Change::kRetract))) return false;
  state = changed;
  return true;
}

}  // namespace

template <typename T>
TimeWeightedSum<T>::TimeWeightedSum() : ExactAggregate<4>({{1, 0, 4}}, kEmptyBase<T>, kIntegerBase, kDurationBits) {}

template <typename T>
void TimeWeightedSum<T>::add(State& state, T value, int64_t duration_us) const {
  CHECK_LE(0, duration_us);
  if (!try_area<Change::kUpdate>(state, value, duration_us)) accumulate(state, value, duration_us, Change::kUpdate);
}

template <typename T>
void TimeWeightedSum<T>::subtract(State& state, T value, int64_t duration_us) const {
  CHECK_LE(0, duration_us);
  if (!try_area<Change::kRetract>(state, value, duration_us)) accumulate(state, value, duration_us, Change::kRetract);
}

template <typename T>
void TimeWeightedSum<T>::accumulate(State& state, T value, int64_t duration_us, Change change) const {
  if (duration_us == 0) return;
  sums_->accumulate(state.limbs, state.header, to_operand(value), unit_operand(), static_cast<uint64_t>(duration_us),
                    change == Change::kRetract);
  // There is no count here: an area of zero is what lets go of a wide block and of the unit.
  if (sums_->is_zero(state.limbs, state.header)) reset(state);
}

template <typename T>
bool TimeWeightedSum<T>::write(const State& state, int64_t span_us, Slot& out) const {
  CHECK_LE(0, span_us);
  if (span_us == 0) return false;
  const uint64_t span = static_cast<uint64_t>(span_us);
  if (state.header.is_wide()) {
    const double mean = round_quotient(read(state, 0), BigInteger::from_unsigned(span), exponent(state, 0));
    return store_finite(mean, out);
  }
  uint64_t magnitude[4] = {state.limbs[0], state.limbs[1], state.limbs[2], state.limbs[3]};
  const bool negative = make_absolute(magnitude);
  return store_finite(round_quotient(negative, magnitude, span, exponent(state, 0)), out);
}

template class TimeWeightedSum<double>;
template class TimeWeightedSum<int64_t>;

}  // namespace headrace
