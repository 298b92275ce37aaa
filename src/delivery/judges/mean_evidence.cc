#include "delivery/judges/mean_evidence.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr double kBoundMin = 1e-9;
/// A product leaves for its logarithm beyond these.
constexpr double kProductMin = 1e-100;
constexpr double kProductMax = 1e100;

/// The standard normal quantile of a share above a half, by bisection.
double normal_quantile(double share) {
  double low = 0;
  double high = 10;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
  }
  return low;
}

}  // namespace

MeanEvidence::MeanEvidence(Side side, double bound) : is_mirrored_(side == Side::kBelow) {
  bound_ = std::clamp(is_mirrored_ ? 1.0 - bound : bound, kBoundMin, 1.0 - kBoundMin);
  products_.fill(1.0);
}

double MeanEvidence::stake(int bet, double bound) { return std::ldexp(1.0, -bet) / bound; }

double MeanEvidence::weight(int bet) { return bet == 0 ? 0.5 : 0.5 / (kBets - 1); }

void MeanEvidence::take(double value, int64_t count) {
  CHECK(!std::isnan(value));
  if (count == 0) return;  // 0 times the logarithm of 0
  const double distance = std::clamp(is_mirrored_ ? 1.0 - value : value, 0.0, 1.0) - bound_;
  for (int bet = 0; bet < kBets; ++bet) {
    const auto at = static_cast<size_t>(bet);
    const double factor = std::max(0.0, 1.0 + stake(bet, bound_) * distance);
    if (count != 1) {
      logs_[at] += static_cast<double>(count) * std::log(factor);
      continue;
    }
    products_[at] *= factor;
    if (products_[at] > kProductMin && products_[at] < kProductMax) continue;
    logs_[at] += std::log(products_[at]);
    products_[at] = 1.0;
  }
}

double MeanEvidence::log_value() const {
  std::array<double, kBets> logs;
  for (int bet = 0; bet < kBets; ++bet) {
    const auto at = static_cast<size_t>(bet);
    logs[at] = logs_[at] + std::log(products_[at]) + std::log(weight(bet) * kBets);
  }
  return log_mean_of(logs.data(), kBets);
}

double log_mean_of(const double* log_values, int64_t count) {
  if (count == 0) return 0.0;
  const double most = *std::max_element(log_values, log_values + count);
  if (std::isinf(most)) return most;
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += std::exp(log_values[i] - most);
  return most + std::log(sum / static_cast<double>(count));
}

int64_t values_needed(Side side, double bound, const ValueShare* kinds, int64_t kind_count, double alpha,
                      double power) {
  const bool is_mirrored = side == Side::kBelow;
  const double limit = std::clamp(is_mirrored ? 1.0 - bound : bound, kBoundMin, 1.0 - kBoundMin);
  const double quantile = normal_quantile(power);
  double best = std::numeric_limits<double>::infinity();
  for (int bet = 0; bet < MeanEvidence::kBets; ++bet) {
    double gain = 0;
    double square = 0;
    for (int64_t i = 0; i < kind_count; ++i) {
      if (kinds[i].share <= 0) continue;
      const double value = is_mirrored ? 1.0 - kinds[i].value : kinds[i].value;
      const double step = std::log(std::max(0.0, 1.0 + MeanEvidence::stake(bet, limit) * (value - limit)));
      gain += kinds[i].share * step;
      square += kinds[i].share * step * step;
    }
    if (!(gain > 0) || !std::isfinite(square)) continue;

    // The least n with n·gain − q·s·√n >= what is needed.
    const double needed = -std::log(alpha * MeanEvidence::weight(bet));
    const double noise = quantile * std::sqrt(std::max(0.0, square - gain * gain));
    const double root = (noise + std::sqrt(noise * noise + 4 * gain * needed)) / (2 * gain);
    best = std::min(best, root * root);
  }
  return best < 9e18 ? static_cast<int64_t>(std::ceil(best)) : kNever;
}

}  // namespace headrace
