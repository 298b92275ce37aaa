#pragma once

/// The exact aggregates by their definitions, over all values at once: the oracle of their tests.

#include "testing/plain_integer.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace headrace {

/// A value in units of 2^-1074, or a fraction's parts.
struct PlainFraction {
  PlainInteger numerator;
  PlainInteger denominator = 1;
};

inline std::optional<double> plain_result(const PlainFraction& fraction) {
  const double value = plain_nearest(fraction.numerator, fraction.denominator);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

inline PlainInteger plain_power(const PlainInteger& base, int exponent) {
  PlainInteger result = 1;
  for (int i = 0; i < exponent; ++i) result = result * base;
  return result;
}

/// 2^1074 to a power: what turns integers of units back into numbers.
inline PlainInteger plain_scale(int degree) { return PlainInteger(1) << (-kSmallestExponent * degree); }

template <typename T>
PlainInteger plain_sum(const std::vector<T>& values) {
  PlainInteger sum;
  for (const T& value : values) sum = sum + plain_units(value);
  return sum;
}

/// Σ (n·xᵢ − Σx)^k, which is n^(k+1) times the central moment m_k.
template <typename T>
PlainInteger plain_central(const std::vector<T>& values, int order) {
  const PlainInteger sum = plain_sum(values);
  const PlainInteger count = static_cast<int64_t>(values.size());
  PlainInteger result;
  for (const T& value : values) result = result + plain_power(count * plain_units(value) - sum, order);
  return result;
}

template <typename T>
std::optional<double> plain_mean(const std::vector<T>& values) {
  if (values.empty()) return std::nullopt;
  const std::optional<double> sum = plain_result({plain_sum(values), plain_scale(1)});
  if (!sum) return std::nullopt;
  return *sum / static_cast<double>(values.size()) + 0.0;
}

/// With less_one 1 of the sample, with 0 of the population.
template <typename T>
std::optional<double> plain_variance(const std::vector<T>& values, int less_one) {
  const auto n = static_cast<int64_t>(values.size());
  if (n <= less_one) return std::nullopt;
  return plain_result({plain_central(values, 2), plain_power(n, 2) * PlainInteger(n - less_one) * plain_scale(2)});
}

inline std::optional<double> plain_root(std::optional<double> square, bool negative) {
  if (!square) return std::nullopt;
  return (negative ? -std::sqrt(*square) : std::sqrt(*square)) + 0.0;
}

template <typename T>
std::optional<double> plain_skewness(const std::vector<T>& values) {
  const auto n = static_cast<int64_t>(values.size());
  if (n < 3) return std::nullopt;
  const PlainInteger c2 = plain_central(values, 2);
  const PlainInteger c3 = plain_central(values, 3);
  if (c2.is_zero()) return 0.0;
  // m3² / m2³ = (c3² / n^8) / (c2³ / n^9) = n·c3² / c2³.
  const PlainFraction square = {c3 * c3 * PlainInteger(n) * PlainInteger(n) * PlainInteger(n - 1),
                                plain_power(c2, 3) * plain_power(n - 2, 2)};
  return plain_root(plain_result(square), c3.negative());
}

template <typename T>
std::optional<double> plain_kurtosis(const std::vector<T>& values) {
  const auto n = static_cast<int64_t>(values.size());
  if (n < 4) return std::nullopt;
  const PlainInteger c2 = plain_central(values, 2);
  if (c2.is_zero()) return 0.0;
  // m4 / m2² = (c4 / n^5) / (c2² / n^6) = n·c4 / c2².
  const PlainInteger inner = PlainInteger(n + 1) * PlainInteger(n) * plain_central(values, 4) -
                             PlainInteger(3) * PlainInteger(n - 1) * c2 * c2;
  return plain_result({PlainInteger(n - 1) * inner, PlainInteger(n - 2) * PlainInteger(n - 3) * c2 * c2});
}

template <typename X, typename Y>
std::optional<double> plain_covariance(const std::vector<std::pair<X, Y>>& pairs, PlainInteger* scaled = nullptr) {
  const auto n = static_cast<int64_t>(pairs.size());
  if (n < 2) return std::nullopt;
  PlainInteger sum_x;
  PlainInteger sum_y;
  for (const auto& [x, y] : pairs) {
    sum_x = sum_x + plain_units(x);
    sum_y = sum_y + plain_units(y);
  }
  PlainInteger result;
  for (const auto& [x, y] : pairs) {
    result = result + (PlainInteger(n) * plain_units(x) - sum_x) * (PlainInteger(n) * plain_units(y) - sum_y);
  }
  if (scaled != nullptr) *scaled = result;
  return plain_result({result, PlainInteger(n) * PlainInteger(n) * PlainInteger(n - 1) * plain_scale(2)});
}

template <typename X, typename Y>
std::optional<double> plain_correlation(const std::vector<std::pair<X, Y>>& pairs) {
  std::vector<X> xs;
  std::vector<Y> ys;
  for (const auto& [x, y] : pairs) {
    xs.push_back(x);
    ys.push_back(y);
  }
  if (pairs.size() < 2) return std::nullopt;
  const PlainInteger variances = plain_central(xs, 2) * plain_central(ys, 2);
  if (variances.is_zero()) return std::nullopt;
  PlainInteger covariance;
  plain_covariance(pairs, &covariance);
  return plain_root(plain_result({covariance * covariance, variances}), covariance.negative());
}

}  // namespace headrace
