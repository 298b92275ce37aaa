#pragma once

/// The profiles of a store: one for each feature, meaning and day, in one file beside the manifest.
///
///   profiles.bin   magic and version, the number of profiles; for each: entity, feature, digest of the meaning, day since
///                  1970, the profile's bytes; hash_bytes of all before
///
/// Not thread-safe.

#include "quality/profiles/value_profile.h"

#include <map>
#include <string>
#include <tuple>

namespace headrace {

struct ProfilePlace {
  std::string entity, feature;
  std::string digest;  // of the feature's meaning: a changed one begins anew
  int64_t day = 0;     // since 1970, UTC
  friend auto operator<=>(const ProfilePlace&, const ProfilePlace&) = default;
};

class ProfileSet {
 public:
  using Profiles = std::map<ProfilePlace, ValueProfile>;
  const Profiles& profiles() const { return profiles_; }
  ValueProfile* find(const ProfilePlace& place);
  void put(ProfilePlace place, ValueProfile profile);

  /// The profiles of one feature and meaning, by day.
  std::vector<std::pair<int64_t, const ValueProfile*>> days_of(const std::string& entity, const std::string& feature,
                                                               const std::string& digest) const;
  /// The edges that a feature's bins were frozen at; empty: none yet.
  std::vector<double> edges_of(const std::string& entity, const std::string& feature, const std::string& digest) const;
  /// Takes away an entity's days from the first to the last.
  void remove_days(const std::string& entity, int64_t first, int64_t last);
  void merge(ProfileSet other);

  std::string to_bytes() const;
  /// An Error of the data for anything that to_bytes did not write.
  static Result<ProfileSet> from_bytes(std::string_view bytes);

 private:
  Profiles profiles_;
};

}  // namespace headrace
