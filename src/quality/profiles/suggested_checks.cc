#include "quality/profiles/suggested_checks.h"

#include "data/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr int64_t kRowsMin = 100;
constexpr size_t kAllowedMax = 10;
constexpr size_t kDriftDaysMin = 4;

/// Two digits that say no more than is there.
double rounded_down(double share) { return std::floor(share * 100) / 100; }

/// To two significant digits, away from the values.
double rounded_outward(double value, bool is_low) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 1);
  return is_low ? std::floor(value / unit) * unit : std::ceil(value / unit) * unit;
}

/// The edge below which at least this share of the values lies.
double quantile_edge(const ValueProfile& profile, double share) {
  const std::vector<int64_t>& counts = profile.counts();
  const double wanted = share * static_cast<double>(profile.finite());
  double below = 0;
  for (size_t i = 0; i + 1 < counts.size(); ++i) {
    below += static_cast<double>(counts[i]);
    if (below >= wanted) return profile.edges()[i];
  }
  return profile.edges().back();
}

SuggestedCheck suggested_presence(const ProfiledDays& days, const ValueProfile& all) {
  if (all.nulls() == 0) {
    return {"{type: not_null}", fmt::format("no null in {} rows of {} days", all.rows(), days.size())};
  }
  double worst = 1;
  for (const auto& [day, profile] : days) {
    worst = std::min(worst, 1 - static_cast<double>(profile->nulls()) / static_cast<double>(profile->rows()));
  }
  return {fmt::format("{{type: completeness, threshold: {}}}", rounded_down(std::max(0.0, worst - 0.02))),
          fmt::format("{} nulls in {} rows; the worst day has {:.4g} of its values", all.nulls(), all.rows(), worst)};
}

/// Whether the bins, which were frozen by the first values, are where the values lie. A feature that has grown out of
/// them, such as a sum over a window that was not full at first, has nearly all of its values in the outermost two.
bool has_fitting_bins(const ValueProfile& all) {
  if (all.edges().size() < 2) return false;
  return all.counts().front() + all.counts().back() <= all.finite() / 8;
}

/// What was seen, to two digits outward, where there is no middle half to go by.
SuggestedCheck suggested_ends(const ValueProfile& all) {
  return {fmt::format("{{type: range, params: [{:g}, {:g}], severity: warn}}", rounded_outward(*all.min(), true),
                      rounded_outward(*all.max(), false)),
          fmt::format("{} values from {:.6g} to {:.6g}; most lie outside of the bins that the first ones made",
                      all.finite(), *all.min(), *all.max())};
}

SuggestedCheck suggested_range(const ValueProfile& all) {
  if (!has_fitting_bins(all)) return suggested_ends(all);
  const double first = quantile_edge(all, 0.25);
  const double third = quantile_edge(all, 0.75);
  double low = rounded_outward(first - 3 * (third - first), true);
  const double high = rounded_outward(third + 3 * (third - first), false);
  if (*all.min() >= 0) low = std::max(low, 0.0);
  const bool is_outside = *all.min() < low || *all.max() > high;
  return {fmt::format("{{type: range, params: [{:g}, {:g}]{}}}", low, high, is_outside ? ", min_fraction: 0.99" : ""),
          fmt::format("{} values from {:.6g} to {:.6g}, the middle half from {:.6g} to {:.6g}", all.finite(),
                      *all.min(), *all.max(), first, third)};
}

SuggestedCheck suggested_values(const ValueProfile& all) {
  std::vector<std::string> texts;
  for (const KeptValue& each : all.kept()) texts.push_back(each.text);
  std::ranges::sort(texts);
  std::string values;
  for (const std::string& text : texts) values += (values.empty() ? "" : ", ") + to_json(Value{text});
  return {fmt::format("{{type: allowed_values, values: [{}]}}", values),
          fmt::format("{} texts in {} rows", texts.size(), all.rows())};
}

}  // namespace

std::optional<ValueProfile> merged_days(const ProfiledDays& days) {
  if (days.empty()) return {};
  ValueProfile all = *days.back().second;
  for (size_t i = 0; i + 1 < days.size(); ++i) {
    if (all.can_merge(*days[i].second)) all.merge(*days[i].second);
  }
  return all;
}

std::vector<SuggestedCheck> suggest_checks(const ProfiledDays& days) {
  const std::optional<ValueProfile> all = merged_days(days);
  if (!all || all->rows() < kRowsMin) return {};
  std::vector<SuggestedCheck> checks = {suggested_presence(days, *all)};
  const bool is_number = all->kind() == ProfiledKind::kNumber;
  if (is_number && all->edges().size() > 1) checks.push_back(suggested_range(*all));

  // A text that was cut is none to allow.
  const bool is_whole = std::ranges::all_of(
      all->kept(), [](const KeptValue& each) { return each.text.size() < ValueProfile::kKeptBytesMax; });
  const bool is_list = all->has_kept_all() && is_whole && !all->kept().empty() && all->kept().size() <= kAllowedMax;
  if (all->kind() == ProfiledKind::kText && is_list) checks.push_back(suggested_values(*all));
  if (days.size() >= kDriftDaysMin && (is_number ? has_fitting_bins(*all) : is_list)) {
    checks.push_back({"{type: drift, metric: psi, threshold: 0.2, reference: 7d, severity: warn}",
                      fmt::format("{} days to compare", days.size())});
  }
  return checks;
}

}  // namespace headrace
