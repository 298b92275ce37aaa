#pragma once

/// How far two distributions are apart, over the counts of the same bins, and how much of it chance alone gives.
///
/// p and q are shares of the reference and of what is looked at, over the bins with what lies below and above them; nulls
/// are no part of it (that is what `completeness` is for).
///   psi          Σ (qᵢ − pᵢ)·ln(qᵢ / pᵢ), with half a value added to each bin so that an empty one has a share
///   ks           the largest |P − Q| of the cumulative shares: scipy.stats.ks_2samp of the bins' numbers
///   js           the square root of the Jensen–Shannon divergence in bits, 0 to 1: scipy's jensenshannon(p, q, base=2)
///   wasserstein  ∫ |P − Q|, in the unit of the values, all of a bin in its middle and what lies outside on the edge:
///                scipy.stats.wasserstein_distance of the middles with these weights
///
/// Noise floor: the distance that two samples of n and m independent values of one distribution exceed in one of a
/// thousand cases. An alarm needs threshold and floor.
///   psi, js      psi·nm/(n+m) is χ² of k − 1 degrees where nothing has changed (k: bins with a value), its quantile by Wilson
///                and Hilferty's cube root; js² is at most ½ Σ (pᵢ − qᵢ)²/(pᵢ + qᵢ) (Topsøe 2000), and 4·js²·nm/(n+m)
///                thus at most such a χ²
///   ks           √(½·ln(2/α)·(n+m)/nm): Smirnov's bound
///   wasserstein  z·√(1/n + 1/m)·Σ gapᵢ·√(Fᵢ(1 − Fᵢ)): as if all places erred together, which is the most
///
/// Pure functions.

#include "language/definitions/quality_check.h"
#include "quality/profiles/value_profile.h"

#include <optional>
#include <span>

namespace headrace {

struct DriftDistance {
  double distance = 0;
  double floor = 0;  // that chance reaches in one of a thousand cases
  bool exceeds(double threshold) const { return distance >= threshold && distance > floor; }
};

/// Nothing where a side has no value. `reference_size` and `size` are the numbers of independent values, for the floor:
/// at most one for each entity and period, however many rows there are. `edges` are one fewer than the counts.
/// REQUIRES: as many counts on both sides, and one more than edges.
std::optional<DriftDistance> drift_distance(DriftMetric metric, std::span<const double> edges,
                                            std::span<const int64_t> reference, std::span<const int64_t> counts,
                                            double reference_size, double size);

/// The number of independent values of one period's profile: its finite values, or its entities where those are fewer.
double independent_values(const ValueProfile& profile);

}  // namespace headrace
