#include "compute/aggregates/ewma.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr double kLarge = 0x1p500;
constexpr int kLargeShift = 600;
constexpr int64_t kShiftMax = 1100;  // 2^-1100 of anything is nothing

DoubleDouble exact_sum(double a, double b) {
  const double sum = a + b;
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

DoubleDouble exact_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

void add_to(DoubleDouble& sum, DoubleDouble value) {
  const DoubleDouble high = exact_sum(sum.high, value.high);
  sum = exact_sum(high.high, high.low + (sum.low + value.low));
}

DoubleDouble scaled(DoubleDouble value, double power_of_two) {
  return {value.high * power_of_two, value.low * power_of_two};
}

/// The quotient as a double; right in the last place but for rare ties.
double quotient(DoubleDouble a, DoubleDouble b) {
  const double first = a.high / b.high;
  const double rest = std::fma(-first, b.high, a.high) + (a.low - first * b.low);
  return first + rest / b.high;
}

double halved(int64_t times) { return times > kShiftMax ? 0.0 : std::ldexp(1.0, static_cast<int>(-times)); }

/// Counts the weights from a later cell.
void move_to_cell(EwmaAlgebra::State& state, int64_t cell) {
  const double factor = halved(cell - state.cell);
  state.weight = scaled(state.weight, factor);
  state.sum = scaled(state.sum, factor);
  state.sum_of_large = scaled(state.sum_of_large, factor);
  state.cell = cell;
}

}  // namespace

double EwmaAlgebra::weight_in_cell(int64_t time_us, int64_t cell) const {
  return std::exp2(static_cast<double>(time_us - cell * half_life_.us) / static_cast<double>(half_life_.us));
}

void EwmaAlgebra::add(State& state, double value, EventTime time) const {
  const int64_t cell = floor_divide(time.us, half_life_.us);
  double weight = weight_in_cell(time.us, cell);
  if (state.weight.high == 0.0) {
    state.cell = cell;
  } else if (cell > state.cell) {
    move_to_cell(state, cell);
  } else if (cell < state.cell) {
    weight *= halved(state.cell - cell);
  }
  state.newest_us = std::max(state.newest_us, time.us);
  add_to(state.weight, {weight, 0.0});
  if (std::abs(value) < kLarge) {
    add_to(state.sum, exact_product(value, weight));
  } else {
    add_to(state.sum_of_large, exact_product(std::ldexp(value, -kLargeShift), weight));
  }
}

void EwmaAlgebra::merge(State& state, const State& other) const {
  if (other.weight.high == 0.0) return;
  if (state.weight.high == 0.0) {
    state = other;
    return;
  }
  State moved = other;
  if (moved.cell < state.cell) move_to_cell(moved, state.cell);
  if (state.cell < moved.cell) move_to_cell(state, moved.cell);
  state.newest_us = std::max(state.newest_us, moved.newest_us);
  add_to(state.weight, moved.weight);
  add_to(state.sum, moved.sum);
  add_to(state.sum_of_large, moved.sum_of_large);
}

void EwmaAlgebra::store(const State& state, StateWriter& writer) const {
  writer.value(state.cell);
  writer.value(state.newest_us);
  for (const DoubleDouble* sum : {&state.weight, &state.sum, &state.sum_of_large}) {
    writer.value(sum->high);
    writer.value(sum->low);
  }
}

void EwmaAlgebra::restore(State& state, StateReader& reader) const {
  state.cell = reader.number();
  state.newest_us = reader.number();
  for (DoubleDouble* sum : {&state.weight, &state.sum, &state.sum_of_large}) {
    sum->high = reader.value<double>();
    sum->low = reader.value<double>();
  }
}

bool EwmaAlgebra::write(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/,
                        Slot& out) const {
  if (state.weight.high == 0.0) return false;
  if (state.sum_of_large.high == 0.0) {
    out = to_slot(quotient(state.sum, state.weight) + 0.0);
    return true;
  }
  DoubleDouble sum = scaled(state.sum, std::ldexp(1.0, -kLargeShift));
  add_to(sum, state.sum_of_large);
  const DoubleDouble newest_weight = {weight_in_cell(state.newest_us, state.cell), 0.0};
  const double value = std::ldexp(quotient(sum, state.weight), kLargeShift);
  out = to_slot(value + 0.0);
  return std::isfinite(value) && std::isfinite(std::ldexp(quotient(sum, newest_weight), kLargeShift));
}

}  // namespace headrace
