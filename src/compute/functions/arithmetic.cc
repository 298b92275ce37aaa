#include "compute/functions/families.h"
#include "compute/functions/loops.h"
#include "data/time.h"

namespace headrace {
namespace {

// Sums wrap as unsigned numbers; a result has overflowed if its sign differs from both (from one) of its arguments'.

bool add_ints(int64_t a, int64_t b, int64_t& sum) {
  sum = static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  return ((a ^ sum) & (b ^ sum)) >= 0;
}

bool subtract_ints(int64_t a, int64_t b, int64_t& difference) {
  difference = static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  return ((a ^ b) & (a ^ difference)) >= 0;
}

bool multiply_ints(int64_t a, int64_t b, int64_t& product) { return !__builtin_mul_overflow(a, b, &product); }

/// The remainder with the sign of the divisor.
bool modulo_ints(int64_t a, int64_t b, int64_t& remainder) {
  // The least integer divided by −1 traps.
  if (b == 0 || b == -1) return b != 0;
  remainder = a % b;
  if (remainder != 0 && (remainder ^ b) < 0) remainder += b;
  return true;
}

bool negate_int(int64_t a, int64_t& result) { return subtract_ints(0, a, result); }

bool absolute_int(int64_t a, int64_t& result) {
  result = a;
  return a >= 0 || negate_int(a, result);
}

bool add_to_timestamp(int64_t time, int64_t duration, int64_t& result) {
  const bool fits = add_ints(time, duration, result);
  return fits && is_valid_timestamp(result);
}

bool subtract_from_timestamp(int64_t time, int64_t duration, int64_t& result) {
  const bool fits = subtract_ints(time, duration, result);
  return fits && is_valid_timestamp(result);
}

bool add_timestamp(int64_t duration, int64_t time, int64_t& result) { return add_to_timestamp(time, duration, result); }

/// Python's float remainder: that of fmod, moved by the divisor when the signs differ. Not a number for divisor 0.
double modulo_doubles(double a, double b) {
  const double remainder = std::fmod(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

int64_t sign_of_int(int64_t a) { return static_cast<int64_t>(a > 0) - static_cast<int64_t>(a < 0); }
double sign_of_double(double a) { return static_cast<double>(a > 0) - static_cast<double>(a < 0); }

ScalarLoop double_loop(Function function) {
  switch (function) {
    case Function::kAdd: return {double_zip_loop<[](double a, double b) { return a + b; }>, Nulls::kAlsoOutOfDomain};
    case Function::kSubtract:
      return {double_zip_loop<[](double a, double b) { return a - b; }>, Nulls::kAlsoOutOfDomain};
    case Function::kMultiply:
      return {double_zip_loop<[](double a, double b) { return a * b; }>, Nulls::kAlsoOutOfDomain};
    // By zero it gives an infinity or no number, which are null in any case.
    case Function::kDivide: return {double_zip_loop<[](double a, double b) { return a / b; }>, Nulls::kAlsoOutOfDomain};
    case Function::kModulo: return {double_zip_loop<modulo_doubles>, Nulls::kAlsoOutOfDomain};
    case Function::kNegate: return {map_loop<double, double, [](double a) { return 0.0 - a; }>};
    case Function::kAbs: return {map_loop<double, double, [](double a) { return std::fabs(a); }>};
    case Function::kSign: return {map_loop<double, double, sign_of_double>};
    default: return {};
  }
}

ScalarLoop int_loop(Function function) {
  switch (function) {
    case Function::kAdd: return {try_zip_loop<int64_t, int64_t, int64_t, add_ints>, Nulls::kAlsoOutOfDomain};
    case Function::kSubtract: return {try_zip_loop<int64_t, int64_t, int64_t, subtract_ints>, Nulls::kAlsoOutOfDomain};
    case Function::kMultiply: return {try_zip_loop<int64_t, int64_t, int64_t, multiply_ints>, Nulls::kAlsoOutOfDomain};
    case Function::kModulo: return {try_zip_loop<int64_t, int64_t, int64_t, modulo_ints>, Nulls::kAlsoOutOfDomain};
    case Function::kNegate: return {try_map_loop<int64_t, int64_t, negate_int>, Nulls::kAlsoOutOfDomain};
    case Function::kAbs: return {try_map_loop<int64_t, int64_t, absolute_int>, Nulls::kAlsoOutOfDomain};
    case Function::kSign: return {map_loop<int64_t, int64_t, sign_of_int>};
    default: return {};
  }
}

ScalarLoop duration_loop(Function function) {
  const bool is_number_like = function == Function::kAdd || function == Function::kSubtract ||
                              function == Function::kNegate || function == Function::kAbs;
  return is_number_like ? int_loop(function) : ScalarLoop{};
}

/// timestamp − timestamp, timestamp ± duration, duration + timestamp.
ScalarLoop timestamp_loop(Function function, ScalarType left, ScalarType right) {
  const bool is_both = left == ScalarType::kTimestamp && right == ScalarType::kTimestamp;
  if (is_both) return function == Function::kSubtract ? int_loop(function) : ScalarLoop{};
  if (left == ScalarType::kTimestamp && right == ScalarType::kDuration) {
    if (function == Function::kAdd)
      return {try_zip_loop<int64_t, int64_t, int64_t, add_to_timestamp>, Nulls::kAlsoOutOfDomain};
    if (function == Function::kSubtract) {
      return {try_zip_loop<int64_t, int64_t, int64_t, subtract_from_timestamp>, Nulls::kAlsoOutOfDomain};
    }
  }
  if (left == ScalarType::kDuration && right == ScalarType::kTimestamp && function == Function::kAdd) {
    return {try_zip_loop<int64_t, int64_t, int64_t, add_timestamp>, Nulls::kAlsoOutOfDomain};
  }
  return {};
}

}  // namespace

ScalarLoop find_arithmetic_loop(Function function, ArgumentTypes arguments) {
  const bool is_unary = function == Function::kNegate || function == Function::kAbs || function == Function::kSign;
  if (arguments.size() != (is_unary ? 1 : 2)) return {};
  const ScalarType left = arguments.front();
  const ScalarType right = arguments.back();
  if (left == right && left == ScalarType::kDouble) return double_loop(function);
  if (left == right && left == ScalarType::kInt64) return int_loop(function);
  if (left == right && left == ScalarType::kDuration) return duration_loop(function);
  return is_unary ? ScalarLoop{} : timestamp_loop(function, left, right);
}

}  // namespace headrace
