#include "base/option_name.h"
#include "io/offline/offline_store.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

// What a request may not do to the table that is stored: the checks of OfflineStore.

namespace headrace {
namespace {

/// Features that a message names; the rest is counted.
constexpr size_t kChangesNamedMax = 5;

/// What is not the same about the columns, for people: "`f` 1.1 is not in it, `f` 1.0 is only there".
std::string column_changes(const ManifestEntity& stored, const OfflineRequest& request) {
  if (stored.format != request.table.format) {
    return fmt::format("its files are {}, not {}", to_string(stored.format), to_string(request.table.format));
  }
  if (stored.partition != request.partition) {
    return fmt::format("its files have a {} each, not a {}", to_string(stored.partition), to_string(request.partition));
  }
  if (stored.keys != request.keys) return "its keys are others";

  const auto lacks = [](const std::vector<ManifestFeature>& features, const ManifestFeature& feature) {
    return std::find(features.begin(), features.end(), feature) == features.end();
  };
  std::vector<std::string> changes;
  for (const ManifestFeature& feature : request.features) {
    if (!lacks(stored.features, feature)) continue;
    changes.push_back(fmt::format("`{}` {} is not in it", feature.name, feature.version));
  }
  for (const ManifestFeature& feature : stored.features) {
    if (!lacks(request.features, feature)) continue;
    changes.push_back(fmt::format("`{}` {} is only there", feature.name, feature.version));
  }

  if (changes.size() > kChangesNamedMax) {
    const size_t more = changes.size() - kChangesNamedMax;
    changes.resize(kChangesNamedMax);
    changes.push_back(fmt::format("and {} more", more));
  }
  if (!changes.empty()) return fmt::format("{}", fmt::join(changes, ", "));
  return stored.features == request.features ? "its instants are those of another " + option(OptionName::kEvery)
                                             : "its columns stand in another order";
}

/// The first of them by name, the rest counted: "a, b and 3 more".
std::string names_or_count(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kChangesNamedMax);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return names.size() == shown ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

/// Stored columns that the request has in no version.
std::vector<std::string> lost_features(const ManifestEntity& stored, const OfflineRequest& request) {
  std::vector<std::string> lost;
  for (const ManifestFeature& feature : stored.features) {
    const bool is_asked = std::any_of(request.features.begin(), request.features.end(),
                                      [&](const ManifestFeature& each) { return each.name == feature.name; });
    if (!is_asked) lost.push_back("`" + feature.name + "`");
  }
  return lost;
}

/// "2024-03-01", or "2024-03-01 to 2024-03-04".
std::string day_range(const std::vector<std::string>& days) {
  return days.size() == 1 ? days.front() : days.front() + " to " + days.back();
}

/// Did the run that wrote a stored partition ask for instants of it in [start, end)? REQUIRES: the bounds lie in it.
bool may_hold_rows(const ManifestEntity& stored, const std::string& day, EventTime start, EventTime end) {
  const auto partition = std::find_if(stored.partitions.begin(), stored.partitions.end(),
                                      [&](const ManifestPartition& each) { return each.day == day; });
  if (partition == stored.partitions.end()) return false;
  const auto run = std::find_if(stored.runs.begin(), stored.runs.end(),
                                [&](const ManifestRun& each) { return each.id == partition->run; });
  if (run == stored.runs.end()) return true;
  if (run->start) start = std::max(start, *run->start);
  if (run->end) end = std::min(end, *run->end);
  return start < end;
}

}  // namespace

bool has_same_columns(const ManifestEntity& stored, const OfflineRequest& request) {
  const bool same_grid = std::all_of(stored.runs.begin(), stored.runs.end(),
                                     [&](const ManifestRun& run) { return run.every == request.every; });
  return same_grid && stored.format == request.table.format && stored.partition == request.partition &&
         stored.keys == request.keys && stored.features == request.features;
}

std::vector<VersionedMeaning> versioned_meanings(const OfflineRequest& request) {
  std::vector<VersionedMeaning> meanings;
  for (size_t i = 0; i < request.features.size(); ++i) {
    const ManifestFeature& feature = request.features[i];
    meanings.push_back({feature.name, feature.version, feature.digest, request.meanings[i]});
  }
  return meanings;
}

bool OfflineStore::changes_kind(bool is_dev) const { return !manifest_.entities.empty() && manifest_.is_dev != is_dev; }

Status OfflineStore::check_kind(bool is_dev) const {
  if (!changes_kind(is_dev)) return {};
  const std::string replace = option(OptionName::kReplace);
  if (is_dev) {
    return Error::conflict(fmt::format("{} is no store for exploring, and would become one", folder_))
        .with_help(fmt::format("explore in another folder, or make it one with {}", replace));
  }
  return Error::conflict(fmt::format("{} is a store for exploring: its versions mean nothing", folder_))
      .with_help(fmt::format("go on exploring with {}, write to another folder, or compute the store anew with {}",
                             option(OptionName::kDev), replace));
}

Status OfflineStore::check_versions(const OfflineRequest& request) const {
  if (request.is_dev || changes_kind(request.is_dev)) return {};
  return headrace::check_versions(manifest_, folder_, versioned_meanings(request));
}

/// Partitions are replaced as a whole: none may have rows beyond an edge of the request that lies inside of it.
Status OfflineStore::check_edge(const ManifestEntity& stored, std::optional<EventTime> edge, Edge which) const {
  if (!edge) return {};
  const bool is_start = which == Edge::kStart;
  const int64_t day_of_edge = floor_divide(edge->us - (is_start ? 0 : 1), kMicrosPerDay);
  const int64_t first = partition_start(stored.partition, day_of_edge);
  const int64_t end = partition_end(stored.partition, day_of_edge);
  const EventTime beyond_start = is_start ? EventTime{first * kMicrosPerDay} : *edge;
  const EventTime beyond_end = is_start ? *edge : EventTime{end * kMicrosPerDay};
  if (!may_hold_rows(stored, format_day(first), beyond_start, beyond_end)) return {};

  const std::string_view unit = to_string(stored.partition);
  const std::string rows = is_start ? fmt::format("rows before {}", option(OptionName::kStart))
                                    : fmt::format("rows from {} on", option(OptionName::kEnd));
  return Error::usage(fmt::format("{} of `{}` in {} has {}, and a {} is replaced as a whole",
                                  partition_name(stored.partition, format_day(first)), stored.name, folder_, rows,
                                  unit))
      .with_help(is_start ? fmt::format("begin with the {}: {}", unit, option(OptionName::kStart, format_day(first)))
                          : fmt::format("end with the {}: {}", unit, option(OptionName::kEnd, format_day(end))));
}

Status OfflineStore::check_range(const OfflineRequest& request) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || is_replaced_whole(*stored, request)) return {};
  std::vector<std::string> outside;
  for (const ManifestPartition& partition : stored->partitions) {
    if (!touches(request, stored->partition, partition.day)) outside.push_back(partition.day);
  }
  if (!outside.empty() && !has_same_columns(*stored, request)) {
    return Error::conflict(
               fmt::format("the table `{}` in {} has other columns than this run: {}; its days outside of {} and {} "
                           "would be lost ({})",
                           request.entity, folder_, column_changes(*stored, request), option(OptionName::kStart),
                           option(OptionName::kEnd), day_range(outside)))
        .with_help(fmt::format("compute all its days once, without {} and {}, or write to another folder",
                               option(OptionName::kStart), option(OptionName::kEnd)));
  }

  RETURN_IF_ERROR(check_edge(*stored, request.start, Edge::kStart));
  return check_edge(*stored, request.end, Edge::kEnd);
}

Status OfflineStore::check_losses(const OfflineRequest& request) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || stored->partitions.empty() || request.is_dev) return {};
  const std::string help =
      fmt::format("write to another folder, or replace the table with {}", option(OptionName::kReplace));
  const std::vector<std::string> lost = lost_features(*stored, request);
  if (!lost.empty()) {
    return Error::conflict(
               fmt::format("the table `{}` in {} has {} that this run does not compute and that would be lost: {}",
                           request.entity, folder_, lost.size() == 1 ? "a feature" : "features", names_or_count(lost)))
        .with_help("compute them too, " + help);
  }

  if (stored->partition != request.partition) {
    return Error::conflict(
               fmt::format("the table `{}` in {} has a file for each {}, which this run would replace by one "
                           "for each {}",
                           request.entity, folder_, to_string(stored->partition), to_string(request.partition)))
        .with_help(help);
  }

  const auto other = std::find_if(stored->runs.begin(), stored->runs.end(),
                                  [&](const ManifestRun& run) { return run.every != request.every; });
  if (other == stored->runs.end()) return {};
  const auto instants_of = [](const std::optional<Duration>& every) {
    return every ? "rows " + option(OptionName::kEvery, to_string(*every)) : "a row at each event";
  };
  return Error::conflict(fmt::format("the table `{}` in {} has {}, which this run would replace by {}", request.entity,
                                     folder_, instants_of(other->every), instants_of(request.every)))
      .with_help(help);
}

/// Partitions that are stored, lie in the range, and have no rows any more.
Status OfflineStore::check_lost_days(const OfflineRequest& request, const std::vector<NewPartition>& partitions) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || request.replaces || request.is_dev) return {};
  std::set<std::string> added;
  for (const NewPartition& each : partitions) added.insert(format_day(each.day));
  std::vector<std::string> lost;
  for (const ManifestPartition& each : stored->partitions) {
    if (!touches(request, stored->partition, each.day) || added.contains(each.day)) continue;
    lost.push_back(partition_name(stored->partition, each.day));
  }
  if (lost.empty()) return {};
  const std::string_view unit = to_string(stored->partition);
  return Error::conflict(fmt::format("the table `{}` in {} has {} of which no event is left: {}", request.entity,
                                     folder_, lost.size() == 1 ? fmt::format("a {}", unit) : fmt::format("{}s", unit),
                                     names_or_count(lost)))
      .with_help(fmt::format("see whether the sources still hold all files; to let go of the {}{}: {}", unit,
                             lost.size() == 1 ? "" : "s", option(OptionName::kReplace)));
}

}  // namespace headrace
