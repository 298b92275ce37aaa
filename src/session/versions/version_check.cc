#include "session/versions/version_check.h"

#include "base/option_name.h"
#include "io/offline/changed_meanings.h"
#include "io/offline/offline_store.h"
#include "io/remote/object_store.h"
#include "plan/make_plan.h"
#include "plan/version_codes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <tuple>

namespace headrace {
namespace {

/// The changed features of one definition.
struct ChangedDefinition {
  const FeatureDefinition* first = nullptr;
  std::vector<std::string> names;
  std::string change;
};

Diagnostic problem_of(const ChangedDefinition& changed, const std::string& store) {
  const FeatureDefinition& feature = *changed.first;
  const bool is_one = changed.names.size() == 1;
  const std::string message =
      fmt::format("`{}` {} {} something else than the values in {}", fmt::join(changed.names, "`, `"), feature.version,
                  is_one ? "means" : "mean", store);
  return changed_meaning_problem(message, changed.change, feature.version_span,
                                 fmt::format("`{}`", way_to(RequestName::kRaiseVersion, feature.definition)));
}

}  // namespace

Result<VersionReport> check_against_store(const Session& session, const std::string& store) {
  ASSIGN_OR_RETURN(const Manifest manifest, load_manifest(file_system_of(store), store));
  if (manifest.is_dev) {
    return Error::conflict(fmt::format("{} is a store for exploring: its versions mean nothing to hold against", store))
        .with_help("name a store that was written without " + option(OptionName::kDev));
  }
  const Repository& repository = session.repository();
  Meanings meanings(repository);
  std::vector<VersionedMeaning> now;
  for (const FeatureDefinition& feature : repository.features) {
    now.push_back({feature.name, feature.version, meanings.digest_of(feature), meanings.text_of(feature)});
  }

  const std::vector<ChangedMeaning> all = changed_meanings(manifest, now);
  std::vector<ChangedDefinition> definitions;
  // Of lists of aggregations and windows, all features have one definition.
  std::map<std::tuple<std::string, int, int>, size_t> place_of;
  for (const ChangedMeaning& each : all) {
    const FeatureDefinition* feature = repository.find_feature(each.name);
    const Span& span = feature->version_span;
    const auto [place, is_new] = place_of.emplace(std::tuple(span.file, span.line, span.column), definitions.size());
    if (is_new) definitions.push_back({feature, {}, each.change.text});
    definitions[place->second].names.push_back(each.name);
  }

  VersionReport report;
  report.to_raise = features_to_raise(all);
  for (const ChangedDefinition& each : definitions) report.diagnostics.add(problem_of(each, store));
  return report;
}

}  // namespace headrace
