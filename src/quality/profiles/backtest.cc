#include "quality/profiles/backtest.h"

#include "base/hash.h"
#include "compute/aggregates/hyper_log_log.h"
#include "quality/profiles/drift_checks.h"

#include <algorithm>

namespace headrace {
namespace {

/// Whether a check held on a day; nothing: the profile does not say.
std::optional<bool> held_on(const QualityCheck& check, const ProfiledDays& until) {
  const ValueProfile& day = *until.back().second;
  if (const auto* completeness = std::get_if<checks::Completeness>(&check.condition)) {
    if (day.rows() == 0) return {};
    return static_cast<double>(day.rows() - day.nulls()) >= completeness->threshold * static_cast<double>(day.rows());
  }
  if (check.type() == CheckType::kNotNull) return day.nulls() == 0;
  if (const auto* range = std::get_if<checks::Range>(&check.condition)) {
    if (range->min_fraction < 1.0 || day.not_finite() > 0) return {};
    if (day.finite() == 0) return true;
    return *day.min() >= range->low.value_or(*day.min()) && *day.max() <= range->high.value_or(*day.max());
  }

  if (const auto* allowed = std::get_if<checks::AllowedValues>(&check.condition)) {
    if (day.kind() != ProfiledKind::kText || !day.has_kept_all()) return {};
    return std::ranges::all_of(day.kept(), [&](const KeptValue& kept) {
      return std::ranges::any_of(allowed->values, [&](const Value& value) {
        const auto* text = std::get_if<std::string>(&value.data);
        return text != nullptr && hash_bytes(*text) == kept.hash;
      });
    });
  }
  if (const auto* drift = std::get_if<checks::Drift>(&check.condition)) {
    CheckResult result;
    judge_drift(*drift, until, result, 1);
    if (result.verdict == Verdict::kNotEvaluated) return {};
    return result.failed == 0;
  }
  return {};
}

}  // namespace

BacktestedCheck backtest_check(const QualityCheck& check, const ProfiledDays& days, int64_t days_max) {
  BacktestedCheck found;
  const auto most = static_cast<size_t>(std::max<int64_t>(0, days_max));
  const size_t first = days.size() > most ? days.size() - most : 0;
  for (size_t i = first; i < days.size(); ++i) {
    const ProfiledDays until(days.begin(), days.begin() + static_cast<int64_t>(i) + 1);
    const std::optional<bool> held = held_on(check, until);
    if (!held) continue;
    ++found.days;
    if (!*held) found.raised.push_back(days[i].first);
  }
  if (found.days == 0) {
    found.reason = days.empty() ? "there are no profiles of these values" : "profiles of days do not say it";
  }
  return found;
}

}  // namespace headrace
