#include "quality/profiles/drift_checks.h"

#include "quality/profiles/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace headrace {
namespace {

constexpr int64_t kDaysThatCount = 2;

struct DayDistance {
  int64_t day = 0;
  DriftDistance measured;
};

/// A profile's distribution: the bins of numbers, or for texts all values where all are kept.
std::optional<DriftDistance> distance_between(const checks::Drift& check, const ValueProfile& reference,
                                              double reference_size, const ValueProfile& day) {
  if (day.kind() == ProfiledKind::kNumber) {
    return drift_distance(check.metric, day.edges(), reference.counts(), day.counts(), reference_size,
                          independent_values(day));
  }
  if (!reference.has_kept_all() || !day.has_kept_all()) return {};
  std::map<uint64_t, std::array<int64_t, 2>> counts_of;
  for (const KeptValue& each : reference.kept()) counts_of[each.hash][0] = each.count;
  for (const KeptValue& each : day.kept()) counts_of[each.hash][1] = each.count;
  std::array<std::vector<int64_t>, 2> counts;
  std::vector<double> edges;
  for (const auto& [hash, both] : counts_of) {
    if (!counts[0].empty()) edges.push_back(static_cast<double>(counts[0].size()));
    for (size_t side = 0; side < 2; ++side) counts[side].push_back(both[side]);
  }
  if (counts[0].empty()) return {};
  const auto size = static_cast<double>(std::min(day.rows() - day.nulls(), day.entities()));
  return drift_distance(check.metric, edges, counts[0], counts[1], reference_size, size);
}

double size_of(const ValueProfile& profile) {
  if (profile.kind() == ProfiledKind::kNumber) return independent_values(profile);
  return static_cast<double>(std::min(profile.rows() - profile.nulls(), profile.entities()));
}

/// The newest day's distance first.
std::vector<DayDistance> newest_distances(const checks::Drift& check,
                                          const std::vector<std::pair<int64_t, const ValueProfile*>>& days,
                                          size_t days_looked_at) {
  const int64_t reach = std::max<int64_t>(1, check.reference.us / kMicrosPerDay);
  std::vector<DayDistance> distances;
  for (size_t i = days.size(); i > 0 && distances.size() < days_looked_at; --i) {
    const auto& [day, profile] = days[i - 1];
    std::optional<ValueProfile> reference;
    double reference_size = 0;
    for (size_t j = i - 1; j > 0 && days[j - 1].first >= day - reach; --j) {
      const ValueProfile& earlier = *days[j - 1].second;
      if (!earlier.can_merge(*profile)) continue;
      reference_size += size_of(earlier);
      if (reference) {
        reference->merge(earlier);
      } else {
        reference = earlier;
      }
    }
    if (!reference || profile->kind() == ProfiledKind::kPresence) continue;
    if (profile->kind() == ProfiledKind::kNumber && profile->edges().empty()) continue;
    if (const auto measured = distance_between(check, *reference, reference_size, *profile)) {
      distances.push_back({day, *measured});
    }
  }
  return distances;
}

}  // namespace

void judge_drift(const checks::Drift& check, const std::vector<std::pair<int64_t, const ValueProfile*>>& days,
                 CheckResult& result, size_t days_looked_at) {
  const std::vector<DayDistance> distances = newest_distances(check, days, days_looked_at);
  if (distances.empty()) {
    result.reason = "no day has values, and days before it to be held against";
    return;
  }
  result.reason.clear();
  result.looked_at = static_cast<int64_t>(distances.size());
  result.failed = 0;
  result.offenders.clear();
  for (const DayDistance& each : distances) {
    if (!each.measured.exceeds(check.threshold)) continue;
    ++result.failed;
    result.offenders.push_back({"whole day",
                                {each.day * kMicrosPerDay},
                                Value{each.measured.distance},
                                fmt::format("chance alone gives {:.4g}", each.measured.floor)});
  }

  const int64_t needed = std::min(kDaysThatCount, result.looked_at);
  const auto looked_at = static_cast<double>(result.looked_at);
  result.required = static_cast<double>(result.looked_at - needed + 1) / looked_at;
  const bool holds = result.failed < needed;
  result.verdict = holds ? Verdict::kPass : result.is_error ? Verdict::kFail : Verdict::kWarn;
}

void evaluate_drift(const Plan& plan, size_t entity, const ProfileSet& profiles, QualityReport& report) {
  for (CheckResult& result : report.checks) {
    if (result.type != CheckType::kDrift || result.entity != plan.entities[entity].name) continue;
    for (const PlanFeature& feature : plan.features) {
      if (feature.entity != entity || feature.name != result.feature) continue;
      const auto check =
          std::ranges::find_if(feature.checks, [&](const PlanCheck& each) { return each.check.name == result.name; });
      if (check == feature.checks.end()) continue;
      judge_drift(std::get<checks::Drift>(check->check.condition),
                  profiles.days_of(result.entity, feature.name, feature.digest), result);
    }
  }
}

}  // namespace headrace
