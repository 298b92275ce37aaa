#pragma once

/// Exact sums over the first events of a run, one after another: the sums of a window inside of the run are the
/// difference of two of them. What a window needs per event is then the same at every event, without a branch.
///
/// Sums are taken modulo 2^(64·limbs), so that the difference is right whenever the window's own sums fit, which
/// has_room_for_run() makes sure of: a run adds and takes away at most kRunMax values below 2^113 units.
///
/// Values, any thread.

#include "compute/aggregates/exact_aggregate.h"
#include "compute/exact/operand.h"

#include <cstdint>

namespace headrace {

inline constexpr uint32_t kRunMax = 256;

/// Σx in two limbs, and with N = 6 Σx² in four.
template <typename T, int N>
struct RunningSums {
  static_assert(N == 2 || N == 6);

  uint64_t limbs[N];

  Int128 sum() const { return static_cast<Int128>(join_limbs(limbs[0], limbs[1])); }

  /// Adds a value in the units of a base. Returns 0, or, when the value does not fit, another number; the sums are then
  /// meaningless. REQUIRES: value is finite and not −0.0.
  uint64_t add(T value, unsigned base) {
    uint64_t misfit = 0;
    const Scaled scaled = scale_for_run(value, base, misfit);
    const UInt128 next = static_cast<UInt128>(sum()) + static_cast<UInt128>(scaled.signed_value());
    limbs[0] = low_limb(next);
    limbs[1] = high_limb(next);
    if constexpr (N == 6) {
      UInt256 squares = {{limbs[2], limbs[3], limbs[4], limbs[5]}};
      add_square(squares, scaled.magnitude);
      for (int i = 0; i < 4; ++i) limbs[2 + i] = squares.limb[i];
    }
    return misfit;
  }

  /// a − b, word by word into `limbs`: what copies it as a whole would wait for the words.
  static void store_difference(const RunningSums& a, const RunningSums& b, uint64_t (&limbs)[N]) {
    const UInt128 sum = static_cast<UInt128>(a.sum()) - static_cast<UInt128>(b.sum());
    limbs[0] = low_limb(sum);
    limbs[1] = high_limb(sum);
    if constexpr (N == 6) {
      UInt256 squares = {{a.limbs[2], a.limbs[3], a.limbs[4], a.limbs[5]}};
      subtract(squares, {{b.limbs[2], b.limbs[3], b.limbs[4], b.limbs[5]}});
      for (int i = 0; i < 4; ++i) limbs[2 + i] = squares.limb[i];
    }
  }

 private:
  static constexpr unsigned kShiftMax = 60;

  static Scaled scale_for_run(double value, unsigned base, uint64_t& misfit) {
    const uint64_t bits = std::bit_cast<uint64_t>(value);
    const uint64_t nonzero = bits != 0 ? 1 : 0;
    const unsigned shift = (static_cast<unsigned>(bits >> 52) & 0x7ff) - base;
    misfit = nonzero & static_cast<uint64_t>(shift > kShiftMax);
    // Zero has the mantissa 0, which any shift leaves.
    const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | (nonzero << 52);
    const uint64_t low = mantissa << (shift & 63);
    const uint64_t high = (mantissa >> 1) >> (~shift & 63);
    return {join_limbs(low, high), static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63)};
  }

  static Scaled scale_for_run(int64_t value, unsigned /*base*/, uint64_t& misfit) {
    misfit = 0;
    const uint64_t sign = static_cast<uint64_t>(value >> 63);
    return {(static_cast<uint64_t>(value) ^ sign) - sign, sign};
  }
};

/// Whether a run may start from a state: compact, in chosen units, and far from its limits.
template <int N>
bool has_room_for_run(const ExactState<N>& state) {
  if (state.header.base_x() >= SumHeader::kWide) return false;
  const auto high = static_cast<int64_t>(state.limbs[1]);
  constexpr int64_t kHalf = int64_t{1} << 61;
  if (high >= kHalf || high < -kHalf) return false;
  if constexpr (N == 6) return static_cast<int64_t>(state.limbs[5]) < kHalf;
  return true;
}

}  // namespace headrace
