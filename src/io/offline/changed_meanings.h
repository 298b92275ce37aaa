#pragma once

/// The version rule: a feature's name and version stand for one meaning, for as long as a store holds values of it.

#include "base/result.h"
#include "io/offline/manifest.h"
#include "plan/meaning_words.h"

#include <string>
#include <vector>

namespace headrace {

/// A feature as it is defined now.
struct VersionedMeaning {
  std::string name;
  std::string version;
  std::string digest;
  std::string meaning;  // canonical text
};

/// A feature whose version means something else in the store.
struct ChangedMeaning {
  std::string name;
  std::string version;
  MeaningChange change;
};

/// In the order of `now`.
std::vector<ChangedMeaning> changed_meanings(const Manifest& manifest, const std::vector<VersionedMeaning>& now);

/// The features to raise, so that with all that use them none is left.
std::vector<std::string> features_to_raise(const std::vector<ChangedMeaning>& changed);

/// An Error that names all changed features at once, with what is different. `folder`: the store's, for messages.
Status check_versions(const Manifest& manifest, const std::string& folder, const std::vector<VersionedMeaning>& now);

}  // namespace headrace
