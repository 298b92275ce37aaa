#include "session/jobs/backfill_profiles.h"

#include "quality/profiles/drift_checks.h"

#include <algorithm>

namespace headrace {

Result<std::string> BackfillProfiles::open(OfflineStore& store) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store.read_beside(kStoreProfilesName));
  if (!bytes) return std::string();
  Result<ProfileSet> read = ProfileSet::from_bytes(*bytes);
  if (!read) return std::string(kStoreProfilesName) + ": " + read.error().message() + "; they begin anew";
  profiles_ = *std::move(read);
  return std::string();
}

bool BackfillProfiles::are_wanted(const Plan& plan, const BackfillRequest& wanted) const {
  const auto has_drift = [&](size_t feature) {
    return std::ranges::any_of(plan.features[feature].checks,
                               [](const PlanCheck& each) { return each.check.type() == CheckType::kDrift; });
  };
  return wants_all_ || !profiles_.profiles().empty() || std::ranges::any_of(wanted.features, has_drift);
}

bool BackfillProfiles::lacks(const Plan& plan, const BackfillRequest& wanted) const {
  if (!are_wanted(plan, wanted)) return false;
  return std::ranges::any_of(wanted.features, [&](size_t index) {
    const PlanFeature& feature = plan.features[index];
    return profiles_.days_of(plan.entities[wanted.entity].name, feature.name, feature.digest).empty();
  });
}

std::unique_ptr<ProfileSink> BackfillProfiles::sink(const Plan& plan, const BackfillRequest& wanted, Sink& next) const {
  if (!are_wanted(plan, wanted)) return nullptr;
  return std::make_unique<ProfileSink>(plan, wanted, profiles_, next);
}

void BackfillProfiles::take(const Plan& plan, const BackfillRequest& wanted, ProfileSet made, QualityReport& report) {
  const int64_t first = wanted.start ? floor_divide(wanted.start->us, kMicrosPerDay) : INT64_MIN;
  const int64_t last = wanted.end ? floor_divide(wanted.end->us - 1, kMicrosPerDay) : INT64_MAX;
  profiles_.remove_days(plan.entities[wanted.entity].name, first, last);
  profiles_.merge(std::move(made));
  has_changed_ = true;
  evaluate_drift(plan, wanted.entity, profiles_, report);
}

Status BackfillProfiles::save(OfflineStore& store) const {
  if (!has_changed_) return {};
  return store.put_beside(kStoreProfilesName, profiles_.to_bytes());
}

}  // namespace headrace
