#include "compute/functions/families.h"
#include "compute/functions/loops.h"

#include <array>

namespace headrace {
namespace {

constexpr std::array<double, 16> kPowersOfTen = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// Half away from zero. From 2^52 on a double has no fraction, so x stays as it is. The fraction is compared, not
/// shifted: the double below 0.5 plus 0.5 would be 1.
double round_half_away(double x, double scale) {
  constexpr double kAllWhole = 4503599627370496.0;
  const double scaled = std::fabs(x) * scale;
  if (scaled >= kAllWhole) return x;
  const double whole = std::floor(scaled);
  return std::copysign(scaled - whole >= 0.5 ? whole + 1.0 : whole, x) / scale;
}

double scale_of_digits(const LoopCall& call) {
  if (call.arguments.size() == 1) return 1.0;
  // The type checker lets through literals from 0 to 15 only.
  return kPowersOfTen[static_cast<size_t>(call.arguments[1].int64s()[0]) & 15];
}

void round_loop(const LoopCall& call) {
  const double* __restrict x = call.arguments[0].doubles();
  double* __restrict out = call.doubles();
  const double scale = scale_of_digits(call);
  for (int i = 0; i < call.rows; ++i) out[i] = round_half_away(x[i], scale) + 0.0;
}

template <auto op>
ScalarLoop domain_loop() {
  return {double_map_loop<op>, Nulls::kAlsoOutOfDomain};
}

ScalarLoop whole_number_loop(Function function) {
  constexpr auto kSame = [](int64_t x) { return x; };
  switch (function) {
    case Function::kFloor:
    case Function::kCeil: return {map_loop<int64_t, int64_t, kSame>};
    case Function::kRound: return {map_loop<int64_t, int64_t, kSame>, Nulls::kWhereArguments, true};
    default: return {};
  }
}

}  // namespace

ScalarLoop find_math_loop(Function function, ArgumentTypes arguments) {
  const size_t count = arguments.size();
  if (count == 0 || count > 2 || (count == 2 && function != Function::kRound && function != Function::kPow)) return {};
  if (arguments[0] == ScalarType::kInt64) return whole_number_loop(function);
  if (arguments[0] != ScalarType::kDouble) return {};
  // A function outside its domain gives an infinity or no number: ln(0), sqrt(-1), pow(-8, 1/3), pow(0, -1).
  switch (function) {
    case Function::kFloor: return {map_loop<double, double, [](double x) { return std::floor(x) + 0.0; }>};
    case Function::kCeil: return {map_loop<double, double, [](double x) { return std::ceil(x) + 0.0; }>};
    case Function::kRound: return {round_loop, Nulls::kWhereArguments, true};
    case Function::kSqrt: return domain_loop<[](double x) { return std::sqrt(x); }>();
    case Function::kExp: return domain_loop<[](double x) { return std::exp(x); }>();
    case Function::kLn: return domain_loop<[](double x) { return std::log(x); }>();
    case Function::kLog10: return domain_loop<[](double x) { return std::log10(x); }>();
    case Function::kLog2: return domain_loop<[](double x) { return std::log2(x); }>();
    case Function::kPow: {
      if (count != 2 || arguments[1] != ScalarType::kDouble) return {};
      return {double_zip_loop<[](double x, double y) { return std::pow(x, y); }>, Nulls::kAlsoOutOfDomain};
    }
    default: return {};
  }
}

}  // namespace headrace
