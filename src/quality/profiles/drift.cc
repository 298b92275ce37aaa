#include "quality/profiles/drift.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace headrace {
namespace {

constexpr double kChance = 0.001;
constexpr double kNormalOneSided = 3.090232306167813;  // the normal quantile of 1 − kChance
constexpr double kNormalTwoSided = 3.290526731491926;  // of 1 − kChance/2

std::vector<double> shares_of(std::span<const int64_t> counts, double added) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  std::vector<double> shares;
  for (const int64_t count : counts) {
    shares.push_back((static_cast<double>(count) + added) / (total + added * static_cast<double>(counts.size())));
  }
  return shares;
}

double psi_of(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += (q[i] - p[i]) * std::log(q[i] / p[i]);
  return sum;
}

double jensen_shannon_of(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double middle = 0.5 * (p[i] + q[i]);
    if (p[i] > 0) sum += p[i] * std::log2(p[i] / middle);
    if (q[i] > 0) sum += q[i] * std::log2(q[i] / middle);
  }
  return std::sqrt(std::max(0.0, 0.5 * sum));
}

double kolmogorov_smirnov_of(const std::vector<double>& p, const std::vector<double>& q) {
  double difference = 0;
  double largest = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    difference += q[i] - p[i];
    largest = std::max(largest, std::abs(difference));
  }
  return largest;
}

/// Where a count stands: below, the middles, above.
std::vector<double> places_of(std::span<const double> edges) {
  std::vector<double> places = {edges.front()};
  for (size_t i = 0; i + 1 < edges.size(); ++i) places.push_back(0.5 * edges[i] + 0.5 * edges[i + 1]);
  places.push_back(edges.back());
  return places;
}

double wasserstein_of(const std::vector<double>& places, const std::vector<double>& p, const std::vector<double>& q) {
  double difference = 0;
  double sum = 0;
  for (size_t i = 0; i + 1 < p.size(); ++i) {
    difference += q[i] - p[i];
    sum += std::abs(difference) * (places[i + 1] - places[i]);
  }
  return sum;
}

double chi_square_quantile(double degrees) {
  const double part = 2 / (9 * degrees);
  const double root = 1 - part + kNormalOneSided * std::sqrt(part);
  return degrees * root * root * root;
}

double wasserstein_floor(const std::vector<double>& places, const std::vector<double>& p, const std::vector<double>& q,
                         double inverse_size) {
  double below = 0;
  double sum = 0;
  for (size_t i = 0; i + 1 < p.size(); ++i) {
    below += 0.5 * (p[i] + q[i]);
    sum += (places[i + 1] - places[i]) * std::sqrt(std::max(0.0, below * (1 - below)));
  }
  return kNormalTwoSided * std::sqrt(inverse_size) * sum;
}

}  // namespace

std::optional<DriftDistance> drift_distance(DriftMetric metric, std::span<const double> edges,
                                            std::span<const int64_t> reference, std::span<const int64_t> counts,
                                            double reference_size, double size) {
  CHECK_EQ(reference.size(), counts.size());
  CHECK_EQ(edges.size() + 1, counts.size());
  const auto has_values = [](std::span<const int64_t> of) {
    return std::ranges::any_of(of, [](int64_t n) { return n > 0; });
  };
  if (!has_values(reference) || !has_values(counts) || reference_size <= 0 || size <= 0) return {};
  const std::vector<double> p = shares_of(reference, 0);
  const std::vector<double> q = shares_of(counts, 0);
  const double inverse_size = 1 / reference_size + 1 / size;
  double used = 0;
  for (size_t i = 0; i < p.size(); ++i) used += p[i] + q[i] > 0 ? 1 : 0;
  const double chi_square = used > 1 ? chi_square_quantile(used - 1) : 0;

  switch (metric) {
    case DriftMetric::kPsi:
      return DriftDistance{psi_of(shares_of(reference, 0.5), shares_of(counts, 0.5)), chi_square * inverse_size};
    case DriftMetric::kJensenShannon:
      return DriftDistance{jensen_shannon_of(p, q), std::sqrt(chi_square * inverse_size / 4)};
    case DriftMetric::kKolmogorovSmirnov:
      return DriftDistance{kolmogorov_smirnov_of(p, q), std::sqrt(0.5 * std::log(2 / kChance) * inverse_size)};
    case DriftMetric::kWasserstein: {
      const std::vector<double> places = places_of(edges);
      return DriftDistance{wasserstein_of(places, p, q), wasserstein_floor(places, p, q, inverse_size)};
    }
  }
  return {};
}

double independent_values(const ValueProfile& profile) {
  return static_cast<double>(std::min(profile.finite(), profile.entities()));
}

}  // namespace headrace
