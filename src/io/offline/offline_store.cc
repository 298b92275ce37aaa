#include "io/offline/offline_store.h"

#include "base/hash.h"
#include "base/option_name.h"
#include "io/offline/pending_commit.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

std::string partition_file(const OfflineRequest& request, int64_t day) {
  return fmt::format("{}/day={}/part-0.{}", request.entity, format_day(day), to_string(request.table.format));
}

/// Does [from, to) hold an instant of the day?
bool touches_day(const OfflineRequest& request, const std::string& day) {
  if (request.start && day < format_day(floor_divide(request.start->us, kMicrosPerDay))) return false;
  if (request.end && day > format_day(floor_divide(request.end->us - 1, kMicrosPerDay))) return false;
  return true;
}

/// Partitions of a table have the same columns in the same form.
bool has_same_columns(const ManifestEntity& stored, const OfflineRequest& request) {
  const bool same_grid = std::all_of(stored.runs.begin(), stored.runs.end(),
                                     [&](const ManifestRun& run) { return run.every == request.every; });
  return same_grid && stored.format == request.table.format && stored.keys == request.keys &&
         stored.features == request.features;
}

/// Features that a message names; the rest is counted.
constexpr size_t kChangesNamedMax = 5;

/// What is not the same about the columns, for people: "`f` 1.1 is not in it, `f` 1.0 is only there".
std::string column_changes(const ManifestEntity& stored, const OfflineRequest& request) {
  if (stored.format != request.table.format) {
    return fmt::format("its files are {}, not {}", to_string(stored.format), to_string(request.table.format));
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

/// Did the run that wrote a stored day ask for instants of it in [start, end)? REQUIRES: the bounds lie in that day.
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

/// Partitions that stay beside those that the run writes.
std::vector<ManifestPartition> kept_partitions(const ManifestEntity* stored, const OfflineRequest& request) {
  std::vector<ManifestPartition> kept;
  if (stored == nullptr) return kept;
  for (const ManifestPartition& partition : stored->partitions) {
    if (!touches_day(request, partition.day)) kept.push_back(partition);
  }
  return kept;
}

ManifestEntity make_entity(const ManifestEntity* stored, const OfflineRequest& request, std::string id,
                           const std::vector<NewPartition>& partitions) {
  ManifestRun run{std::move(id), request.start, request.end, request.every, request.inputs, 0, 0};
  ManifestEntity entity{request.entity, request.table.format, request.keys, request.features, {}, {}};
  entity.partitions = kept_partitions(stored, request);
  for (const NewPartition& added : partitions) {
    entity.partitions.push_back(
        {format_day(added.day), partition_file(request, added.day), added.rows, added.bytes, run.id});
    run.partitions += 1;
    run.rows += added.rows;
  }
  std::sort(entity.partitions.begin(), entity.partitions.end(),
            [](const ManifestPartition& a, const ManifestPartition& b) { return a.day < b.day; });
  if (stored != nullptr) {
    for (const ManifestRun& earlier : stored->runs) {
      const bool is_used = std::any_of(entity.partitions.begin(), entity.partitions.end(),
                                       [&](const ManifestPartition& p) { return p.run == earlier.id; });
      if (is_used && earlier.id != run.id) entity.runs.push_back(earlier);
    }
  }
  entity.runs.push_back(std::move(run));
  std::sort(entity.runs.begin(), entity.runs.end(),
            [](const ManifestRun& a, const ManifestRun& b) { return a.id < b.id; });
  return entity;
}

void remember_meanings(const OfflineRequest& request, Manifest& manifest) {
  const auto place = [](const ManifestMeaning& meaning) { return std::tie(meaning.name, meaning.version); };
  for (size_t i = 0; i < request.features.size(); ++i) {
    const ManifestFeature& feature = request.features[i];
    const ManifestMeaning meaning{feature.name, feature.version, feature.digest, request.entity, request.meanings[i]};
    const auto at = std::lower_bound(manifest.history.begin(), manifest.history.end(), meaning,
                                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    if (at == manifest.history.end() || place(*at) != place(meaning)) manifest.history.insert(at, meaning);
  }
}

/// Removes files that end in .new from the folders of partitions, and folders that are empty then.
Status remove_leftovers(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  for (const std::string& name : names) {
    const std::string entity = join_path(folder, name);
    ASSIGN_OR_RETURN(const FileInfo info, files.info(entity));
    if (!info.is_folder) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> days, files.list(entity));
    for (const std::string& day : days) {
      if (!day.starts_with("day=")) continue;
      ASSIGN_OR_RETURN(const std::vector<std::string> parts, files.list(join_path(entity, day)));
      size_t left = parts.size();
      for (const std::string& part : parts) {
        if (!part.ends_with(kNewSuffix)) continue;
        RETURN_IF_ERROR(files.remove(join_path(join_path(entity, day), part)));
        --left;
      }
      if (left == 0) RETURN_IF_ERROR(files.remove(join_path(entity, day)));
    }
  }
  return {};
}

/// Makes a folder and those above it, such that a crash does not take them away again.
Status make_durable_folders(FileSystem& files, const std::string& folder) {
  std::vector<std::string> parents;
  for (std::string path = folder; folder_of(path) != path; path = folder_of(path)) {
    ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
    if (is_there) break;
    parents.push_back(folder_of(path));
  }
  RETURN_IF_ERROR(files.make_folders(folder));
  for (const std::string& parent : parents) RETURN_IF_ERROR(files.sync_folder(parent));
  return {};
}

/// An empty manifest when there is none.
Result<Manifest> read_manifest_file(FileSystem& files, const std::string& folder) {
  const std::string path = join_path(folder, kManifestName);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return Manifest();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(path));
  return parse_manifest(text, path);
}

}  // namespace

std::vector<VersionedMeaning> versioned_meanings(const OfflineRequest& request) {
  std::vector<VersionedMeaning> meanings;
  for (size_t i = 0; i < request.features.size(); ++i) {
    const ManifestFeature& feature = request.features[i];
    meanings.push_back({feature.name, feature.version, feature.digest, request.meanings[i]});
  }
  return meanings;
}

std::string run_id(const OfflineRequest& request, std::string_view headrace_version) {
  std::string text =
      fmt::format("headrace {}\n{}\n{} {} {}\n", headrace_version, request.entity, to_string(request.table.format),
                  to_string(request.table.compression), request.table.chunk_rows);
  for (const ManifestKey& key : request.keys) text += fmt::format("key {} {}\n", key.name, to_string(key.type));
  for (const ManifestFeature& feature : request.features) {
    text +=
        fmt::format("feature {} {} {} {}\n", feature.name, feature.version, feature.digest, to_string(feature.type));
  }
  if (request.start) text += "from " + to_string(*request.start) + "\n";
  if (request.end) text += "to " + to_string(*request.end) + "\n";
  if (request.every) text += "every " + to_string(*request.every) + "\n";
  for (const ManifestInput& input : request.inputs) {
    text += fmt::format("input {} {} {}\n", quote_json(input.path), input.bytes, input.modified_us);
  }
  return sha256_hex(text).substr(0, 32);
}

OfflineStore::OfflineStore(FileSystem& files, std::string folder, std::string headrace_version)
    : files_(files), folder_(std::move(folder)), headrace_version_(std::move(headrace_version)) {}

OfflineStore::~OfflineStore() = default;

Result<std::unique_ptr<OfflineStore>> OfflineStore::open(FileSystem& files, std::string folder,
                                                         std::string headrace_version) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  RETURN_IF_ERROR(make_durable_folders(files, folder));
  std::unique_ptr<OfflineStore> store(new OfflineStore(files, std::move(folder), std::move(headrace_version)));
  ASSIGN_OR_RETURN(store->lock_, files.lock_folder(store->folder_));
  RETURN_IF_ERROR(store->recover());
  return {std::move(store)};
}

Status OfflineStore::recover() {
  ASSIGN_OR_RETURN(const std::optional<PendingCommit> pending, load_pending_commit(files_, folder_));
  if (pending) RETURN_IF_ERROR(carry_out(files_, folder_, *pending));
  ASSIGN_OR_RETURN(manifest_, read_manifest_file(files_, folder_));
  return remove_leftovers(files_, folder_);
}

Status OfflineStore::check_versions(const OfflineRequest& request) const {
  return headrace::check_versions(manifest_, folder_, versioned_meanings(request));
}

Status OfflineStore::check_range(const OfflineRequest& request) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr) return {};
  std::vector<std::string> outside;
  for (const ManifestPartition& partition : stored->partitions) {
    if (!touches_day(request, partition.day)) outside.push_back(partition.day);
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
  const auto day_of = [](int64_t us) { return floor_divide(us, kMicrosPerDay); };
  if (request.start) {
    const int64_t day = day_of(request.start->us);
    if (may_hold_rows(*stored, format_day(day), {day * kMicrosPerDay}, *request.start)) {
      return Error::usage(fmt::format("{} of `{}` in {} has rows before {}, and a day is replaced as a whole",
                                      format_day(day), request.entity, folder_, option(OptionName::kStart)))
          .with_help("begin with the day: " + option(OptionName::kStart, format_day(day)));
    }
  }
  if (request.end) {
    const int64_t day = day_of(request.end->us - 1);
    if (may_hold_rows(*stored, format_day(day), *request.end, {(day + 1) * kMicrosPerDay})) {
      return Error::usage(fmt::format("{} of `{}` in {} has rows from {} on, and a day is replaced as a whole",
                                      format_day(day), request.entity, folder_, option(OptionName::kEnd)))
          .with_help("end with the day: " + option(OptionName::kEnd, format_day(day + 1)));
    }
  }
  return {};
}

Status OfflineStore::check_losses(const OfflineRequest& request) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || stored->partitions.empty()) return {};
  const std::string help =
      fmt::format("write to another folder, or replace the table with {}", option(OptionName::kReplace));
  const std::vector<std::string> lost = lost_features(*stored, request);
  if (!lost.empty()) {
    return Error::conflict(
               fmt::format("the table `{}` in {} has {} that this run does not compute and that would be lost: {}",
                           request.entity, folder_, lost.size() == 1 ? "a feature" : "features", names_or_count(lost)))
        .with_help("compute them too, " + help);
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

/// Days that are stored, lie in the range, and have no rows any more.
Status OfflineStore::check_lost_days(const OfflineRequest& request, const std::vector<NewPartition>& partitions) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || request.replaces) return {};
  std::set<std::string> added;
  for (const NewPartition& each : partitions) added.insert(format_day(each.day));
  std::vector<std::string> lost;
  for (const ManifestPartition& each : stored->partitions) {
    if (touches_day(request, each.day) && !added.contains(each.day)) lost.push_back(each.day);
  }
  if (lost.empty()) return {};
  return Error::conflict(fmt::format("the table `{}` in {} has {} of which no event is left: {}", request.entity,
                                     folder_, lost.size() == 1 ? "a day" : "days", names_or_count(lost)))
      .with_help(fmt::format("see whether the sources still hold all files; to let go of the {}: {}",
                             lost.size() == 1 ? "day" : "days", option(OptionName::kReplace)));
}

Result<ReusePlan> OfflineStore::plan_reuse(const OfflineRequest& request) const {
  ReusePlan plan;
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr) {
    plan.reason = "nothing is stored yet";
    return plan;
  }
  const std::string id = run_id(request, headrace_version_);
  const auto run = std::find_if(stored->runs.begin(), stored->runs.end(),
                                [&](const ManifestRun& candidate) { return candidate.id == id; });
  if (run == stored->runs.end()) {
    const bool is_new = std::none_of(stored->partitions.begin(), stored->partitions.end(),
                                     [&](const ManifestPartition& each) { return touches_day(request, each.day); });
    plan.reason = is_new ? "nothing is stored yet" : "features, request or inputs have changed";
    return plan;
  }
  for (const ManifestPartition& partition : stored->partitions) {
    if (partition.run != id) continue;
    const std::string path = join_path(folder_, partition.file);
    ASSIGN_OR_RETURN(const bool is_there, files_.exists(path));
    if (!is_there) {
      plan.reason = partition.file + " is missing";
      return plan;
    }
    ASSIGN_OR_RETURN(const FileInfo info, files_.info(path));
    if (info.bytes != partition.bytes) {
      plan.reason = partition.file + " has another size";
      return plan;
    }
    plan.reused_partitions += 1;
    plan.reused_rows += partition.rows;
  }
  plan.reuse_all = plan.reused_partitions == run->partitions;
  if (!plan.reuse_all) plan.reason = "another run has replaced a part";
  return plan;
}

Result<std::string> OfflineStore::prepare_partition(const OfflineRequest& request, int64_t day) {
  const std::string file = partition_file(request, day) + std::string(kNewSuffix);
  const std::string path = join_path(folder_, file);
  RETURN_IF_ERROR(files_.make_folders(folder_of(path)));
  prepared_.insert(file);
  return path;
}

Status OfflineStore::commit(const OfflineRequest& request, const std::vector<NewPartition>& partitions) {
  CHECK_EQ(request.features.size(), request.meanings.size());
  RETURN_IF_ERROR(check_lost_days(request, partitions));
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  PendingCommit commit{manifest_, {}, {}};
  commit.manifest.headrace_version = headrace_version_;
  ManifestEntity entity = make_entity(stored, request, run_id(request, headrace_version_), partitions);

  std::set<std::string> listed;
  for (const ManifestPartition& partition : entity.partitions) listed.insert(partition.file);
  if (stored != nullptr) {
    for (const ManifestPartition& old : stored->partitions) {
      if (!listed.contains(old.file)) commit.removals.push_back(old.file);
    }
  }
  for (const NewPartition& added : partitions) {
    const std::string file = partition_file(request, added.day);
    commit.renames.push_back(file);
    RETURN_IF_ERROR(files_.sync_folder(folder_of(join_path(folder_, file))));
  }
  if (!partitions.empty()) RETURN_IF_ERROR(files_.sync_folder(join_path(folder_, request.entity)));
  RETURN_IF_ERROR(files_.sync_folder(folder_));

  std::vector<ManifestEntity>& entities = commit.manifest.entities;
  std::erase_if(entities, [&](const ManifestEntity& other) { return other.name == request.entity; });
  entities.insert(std::upper_bound(entities.begin(), entities.end(), entity,
                                   [](const ManifestEntity& a, const ManifestEntity& b) { return a.name < b.name; }),
                  std::move(entity));
  remember_meanings(request, commit.manifest);
  // A failure from here on may come after the decision: the new files are no longer ours to remove.
  for (const std::string& file : commit.renames) prepared_.erase(file + std::string(kNewSuffix));
  RETURN_IF_ERROR(save_pending_commit(files_, folder_, commit));
  RETURN_IF_ERROR(carry_out(files_, folder_, commit));
  manifest_ = std::move(commit.manifest);
  return {};
}

Status OfflineStore::discard_uncommitted() {
  for (const std::string& file : std::exchange(prepared_, {})) {
    const std::string path = join_path(folder_, file);
    RETURN_IF_ERROR(files_.remove_all(path));

    // Its day, its entity and a store that was begun by this run go too, where nothing else is in them.
    for (std::string empty = folder_of(path); empty.size() >= folder_.size(); empty = folder_of(empty)) {
      ASSIGN_OR_RETURN(const std::vector<std::string> rest, files_.list(empty));
      if (!rest.empty()) break;
      RETURN_IF_ERROR(files_.remove(empty));
    }
  }
  return {};
}

Result<Manifest> load_manifest(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::optional<PendingCommit> pending, load_pending_commit(files, folder));
  if (!pending) {
    const std::string path = join_path(folder, kManifestName);
    ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
    if (!is_there) {
      return Error::environment(fmt::format("{} holds no manifest.json", folder))
          .with_help(fmt::format("`{}` makes one", way_to(RequestName::kBackfill, folder)));
    }
    return read_manifest_file(files, folder);
  }
  Manifest manifest = pending->manifest;
  const std::set<std::string> renamed(pending->renames.begin(), pending->renames.end());
  for (ManifestEntity& entity : manifest.entities) {
    for (ManifestPartition& partition : entity.partitions) {
      if (!renamed.contains(partition.file)) continue;
      const std::string waiting = partition.file + std::string(kNewSuffix);
      ASSIGN_OR_RETURN(const bool is_waiting, files.exists(join_path(folder, waiting)));
      if (is_waiting) partition.file = waiting;
    }
  }
  return manifest;
}

}  // namespace headrace
