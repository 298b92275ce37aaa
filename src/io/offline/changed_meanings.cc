#include "io/offline/changed_meanings.h"

#include "base/option_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

namespace headrace {
namespace {

/// Features that are told in full; the rest is counted.
constexpr size_t kChangesShownMax = 20;

}  // namespace

std::vector<ChangedMeaning> changed_meanings(const Manifest& manifest, const std::vector<VersionedMeaning>& now) {
  std::map<std::pair<std::string, std::string>, const ManifestMeaning*> by_version;
  std::map<std::pair<std::string, std::string>, std::string> by_digest;
  for (const VersionedMeaning& each : now) by_digest[{each.name, each.digest}] = each.version;
  for (const ManifestMeaning& each : manifest.history) {
    by_version[{each.name, each.version}] = &each;
    by_digest[{each.name, each.digest}] = each.version;
  }
  const auto version_of = [&](const std::string& name, const std::string& digest) {
    const auto found = by_digest.find({name, digest});
    return found == by_digest.end() ? std::string() : found->second;
  };

  std::vector<ChangedMeaning> changed;
  for (const VersionedMeaning& each : now) {
    const auto then = by_version.find({each.name, each.version});
    if (then == by_version.end() || then->second->digest == each.digest) continue;
    changed.push_back({each.name, each.version, meaning_change(then->second->meaning, each.meaning, version_of)});
  }
  return changed;
}

std::vector<std::string> features_to_raise(const std::vector<ChangedMeaning>& changed) {
  std::vector<std::string> roots;
  std::vector<std::string> all;
  for (const ChangedMeaning& each : changed) {
    all.push_back(each.name);
    if (!each.change.is_only_by_use) roots.push_back(each.name);
  }
  // Where a used feature has its new version already, those that use it are what is left to raise.
  const bool has_raised_uses = std::any_of(changed.begin(), changed.end(), [](const ChangedMeaning& each) {
    return each.change.is_only_by_use && each.change.text.find(" went from ") != std::string::npos;
  });
  return roots.empty() || has_raised_uses ? all : roots;
}

Status check_versions(const Manifest& manifest, const std::string& folder, const std::vector<VersionedMeaning>& now) {
  const std::vector<ChangedMeaning> changed = changed_meanings(manifest, now);
  if (changed.empty()) return {};
  std::vector<std::string> names;
  std::string lines;
  for (const ChangedMeaning& each : changed) {
    names.push_back(fmt::format("`{}` {}", each.name, each.version));
    if (names.size() <= kChangesShownMax)
      lines += fmt::format("\n  {} {}  {}", each.name, each.version, each.change.text);
  }
  if (names.size() > kChangesShownMax) lines += fmt::format("\n  and {} more", names.size() - kChangesShownMax);
  names.resize(std::min(names.size(), kChangesShownMax));
  return Error::conflict(fmt::format("the meaning of {} has changed, and the version has not: {} holds values of the "
                                     "other meaning{}",
                                     fmt::join(names, ", "), folder, lines))
      .with_help(fmt::format(
          "raise the versions, also of all that use them, with `{}`, or write to another folder",
          way_to(RequestName::kRaiseVersion, fmt::format("{}", fmt::join(features_to_raise(changed), " ")))));
}

}  // namespace headrace
