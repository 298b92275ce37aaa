#include "language/definitions/quality_check.h"

namespace headrace {
namespace {

template <CheckType kType, typename Condition>
constexpr bool kIsAt =
    std::is_same_v<std::variant_alternative_t<static_cast<size_t>(kType), CheckCondition>, Condition>;
static_assert(kIsAt<CheckType::kRange, checks::Range> && kIsAt<CheckType::kCompleteness, checks::Completeness> &&
              kIsAt<CheckType::kFreshness, checks::Freshness> &&
              kIsAt<CheckType::kAllowedValues, checks::AllowedValues> && kIsAt<CheckType::kUnique, checks::Unique> &&
              kIsAt<CheckType::kNotNull, checks::NotNull> && kIsAt<CheckType::kMonotonic, checks::Monotonic> &&
              kIsAt<CheckType::kVolume, checks::Volume> && kIsAt<CheckType::kDrift, checks::Drift> &&
              kIsAt<CheckType::kExpression, checks::Expression>);

}  // namespace

std::string_view to_string(DriftMetric metric) {
  switch (metric) {
    case DriftMetric::kPsi: return "psi";
    case DriftMetric::kKolmogorovSmirnov: return "ks";
    case DriftMetric::kJensenShannon: return "js";
    case DriftMetric::kWasserstein: return "wasserstein";
  }
  return "?";
}

std::string_view to_string(CheckType type) {
  switch (type) {
    case CheckType::kRange: return "range";
    case CheckType::kCompleteness: return "completeness";
    case CheckType::kFreshness: return "freshness";
    case CheckType::kAllowedValues: return "allowed_values";
    case CheckType::kUnique: return "unique";
    case CheckType::kNotNull: return "not_null";
    case CheckType::kMonotonic: return "monotonic";
    case CheckType::kVolume: return "volume";
    case CheckType::kDrift: return "drift";
    case CheckType::kExpression: return "expression";
  }
  return "?";
}

}  // namespace headrace
