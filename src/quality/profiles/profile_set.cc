#include "quality/profiles/profile_set.h"

#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"

#include <utility>

namespace headrace {
namespace {

constexpr uint64_t kSetMagic = 0x01005446504f5248ULL;  // "HROPFT", 0, version 1

}  // namespace

ValueProfile* ProfileSet::find(const ProfilePlace& place) {
  const auto found = profiles_.find(place);
  return found == profiles_.end() ? nullptr : &found->second;
}

void ProfileSet::put(ProfilePlace place, ValueProfile profile) {
  profiles_.insert_or_assign(std::move(place), std::move(profile));
}

std::vector<std::pair<int64_t, const ValueProfile*>> ProfileSet::days_of(const std::string& entity,
                                                                         const std::string& feature,
                                                                         const std::string& digest) const {
  std::vector<std::pair<int64_t, const ValueProfile*>> days;
  for (auto each = profiles_.lower_bound({entity, feature, digest, INT64_MIN}); each != profiles_.end(); ++each) {
    const ProfilePlace& place = each->first;
    if (std::tie(place.entity, place.feature, place.digest) != std::tie(entity, feature, digest)) break;
    days.emplace_back(place.day, &each->second);
  }
  return days;
}

std::vector<double> ProfileSet::edges_of(const std::string& entity, const std::string& feature,
                                         const std::string& digest) const {
  for (const auto& [day, profile] : days_of(entity, feature, digest)) {
    if (!profile->edges().empty()) return profile->edges();
  }
  return {};
}

void ProfileSet::remove_days(const std::string& entity, int64_t first, int64_t last) {
  std::erase_if(profiles_, [&](const auto& each) {
    return each.first.entity == entity && each.first.day >= first && each.first.day <= last;
  });
}

void ProfileSet::merge(ProfileSet other) {
  for (auto& [place, profile] : other.profiles_) put(place, std::move(profile));
}

std::string ProfileSet::to_bytes() const {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(kSetMagic);
  writer.word(profiles_.size());
  for (const auto& [place, profile] : profiles_) {
    for (const std::string* text : {&place.entity, &place.feature, &place.digest}) writer.text(*text);
    writer.value(place.day);
    writer.text(profile.to_bytes());
  }
  writer.word(hash_bytes(bytes));
  return bytes;
}

Result<ProfileSet> ProfileSet::from_bytes(std::string_view bytes) {
  const auto wrong = [] { return Error::data("the profiles are not as they were written"); };
  if (bytes.size() < 24) return wrong();
  TextPool texts;
  StateReader end(bytes.substr(bytes.size() - 8), texts);
  if (end.word() != hash_bytes(bytes.substr(0, bytes.size() - 8))) return wrong();
  StateReader reader(bytes.substr(0, bytes.size() - 8), texts);
  if (reader.word() != kSetMagic) return Error::data("the profiles are of another version");

  ProfileSet set;
  for (size_t left = reader.count(40); left > 0; --left) {
    ProfilePlace place;
    for (std::string* text : {&place.entity, &place.feature, &place.digest}) *text = std::string(reader.text());
    place.day = reader.number();
    ASSIGN_OR_RETURN(ValueProfile profile, ValueProfile::from_bytes(reader.text()));
    if (!reader.ok()) return wrong();
    set.put(std::move(place), std::move(profile));
  }
  if (!reader.ok() || !reader.at_end()) return wrong();
  return set;
}

}  // namespace headrace
