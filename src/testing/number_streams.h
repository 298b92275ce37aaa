#pragma once

/// Random finite numbers of many kinds, from those of daily life to those that break sums.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace headrace {

enum class NumberKind {
  kUnit,      // in [0, 1)
  kDecimals,  // amounts with cents, some zero
  kBinade,    // one exponent, all mantissas
  kAnyBits,   // every finite double
  kMixed,     // mostly plain, now and then the largest and the smallest
  kBinades,   // a few bits at exponents that differ by up to 120
  kSubnormal,
  kHuge,        // the sum of two may overflow
  kCancelling,  // ±10^15 and a little
  kPowers,      // ± powers of two
};
inline constexpr NumberKind kNumberKinds[] = {
    NumberKind::kUnit,    NumberKind::kDecimals,  NumberKind::kBinade, NumberKind::kAnyBits,    NumberKind::kMixed,
    NumberKind::kBinades, NumberKind::kSubnormal, NumberKind::kHuge,   NumberKind::kCancelling, NumberKind::kPowers};

using NumberSource = std::mt19937_64;

inline int64_t uniform(NumberSource& source, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(source() % static_cast<uint64_t>(most - least + 1));
}
inline double random_sign(NumberSource& source) { return source() % 2 == 0 ? 1.0 : -1.0; }
inline double random_bits(NumberSource& source, int bits) { return std::bit_cast<double>(source() >> (64 - bits)); }

/// Never −0.0, NaN or an infinity.
inline double random_number(NumberKind kind, NumberSource& source) {
  double value = 0.0;
  switch (kind) {
    case NumberKind::kUnit: value = static_cast<double>(source() >> 11) * 0x1p-53; break;
    case NumberKind::kDecimals:
      value = static_cast<double>(uniform(source, 0, 3) == 0 ? 0 : uniform(source, -1'000'000, 1'000'000)) / 100.0;
      break;
    case NumberKind::kBinade: value = 1.0 + static_cast<double>(source() >> 12) * 0x1p-52; break;
    case NumberKind::kAnyBits: value = std::bit_cast<double>(static_cast<uint64_t>(source())); break;
    case NumberKind::kMixed: {
      const int64_t which = uniform(source, 0, 9);
      value = which == 0 ? 1e308 : which == 1 ? 5e-324 : static_cast<double>(uniform(source, 0, 1000)) / 7.0;
      value *= random_sign(source);
      break;
    }

    // At the edges of doubles.
    case NumberKind::kBinades:
      value = std::ldexp(static_cast<double>(source() >> uniform(source, 11, 63)) * random_sign(source),
                         static_cast<int>(uniform(source, -60, 60)));
      break;
    case NumberKind::kSubnormal: value = random_bits(source, 52) * random_sign(source); break;
    case NumberKind::kHuge:
      value = std::ldexp(1.0 + random_number(NumberKind::kUnit, source), 1023) * random_sign(source);
      break;
    case NumberKind::kCancelling:
      value = (1e15 + static_cast<double>(uniform(source, 0, 3))) * random_sign(source);
      break;
    case NumberKind::kPowers:
      value = std::ldexp(random_sign(source), static_cast<int>(uniform(source, -1074, 1023)));
      break;
  }

  return std::isfinite(value) ? value + 0.0 : random_number(kind, source);
}

/// From all of int64, the extremes among them; often small.
inline int64_t random_integer(NumberSource& source) {
  const auto any = static_cast<int64_t>(source());
  switch (uniform(source, 0, 5)) {
    case 0: return std::numeric_limits<int64_t>::min();
    case 1: return std::numeric_limits<int64_t>::max();
    case 2: return any;
    case 3: return any >> uniform(source, 0, 63);
    default: return any >> 54;
  }
}

}  // namespace headrace
