#include "quality/checked_request.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

bool is_evaluated_at_backfill(CheckType type) {
  switch (type) {
    case CheckType::kRange:
    case CheckType::kCompleteness:
    case CheckType::kAllowedValues:
    case CheckType::kUnique:
    case CheckType::kNotNull:
    case CheckType::kMonotonic:
    case CheckType::kDrift:
    case CheckType::kExpression: return true;
    case CheckType::kFreshness:
    case CheckType::kVolume: return false;
  }
  return false;
}

BackfillRequest with_checks(const Plan& plan, const BackfillRequest& wanted) {
  CHECK(wanted.before_default.empty());
  BackfillRequest checked = wanted;
  std::vector<bool> before_default(wanted.features.size(), false);
  for (size_t i = 0; i < wanted.features.size(); ++i) {
    const PlanFeature& feature = plan.features[wanted.features[i]];
    for (const PlanCheck& check : feature.checks) {
      const CheckType type = check.check.type();
      if (is_evaluated_at_backfill(type) && !feature.default_value.is_null()) before_default[i] = true;
      if (type != CheckType::kExpression) continue;
      CHECK(check.holds.has_value());
      checked.features.push_back(*check.holds);
    }
  }

  before_default.resize(checked.features.size(), false);
  const bool is_any = std::find(before_default.begin(), before_default.end(), true) != before_default.end();
  if (is_any) checked.before_default = std::move(before_default);
  return checked;
}

}  // namespace headrace
