#include "io/offline/offline_store.h"

#include "base/hash.h"
#include "base/option_name.h"
#include "io/offline/verify_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

std::string partition_file(const OfflineRequest& request, int64_t day) {
  return partition_file(request.entity, request.partition, format_day(day), request.table.format);
}

/// Partitions that stay beside those that the run writes.
std::vector<ManifestPartition> kept_partitions(const ManifestEntity* stored, const OfflineRequest& request) {
  std::vector<ManifestPartition> kept;
  if (stored == nullptr) return kept;
  for (const ManifestPartition& partition : stored->partitions) {
    if (!touches(request, stored->partition, partition.day)) kept.push_back(partition);
  }
  return kept;
}

ManifestEntity make_entity(const ManifestEntity* stored, const OfflineRequest& request, std::string id,
                           const std::vector<NewPartition>& partitions) {
  ManifestRun run{std::move(id),          request.start,        request.end, request.every, request.inputs, 0, 0,
                  request.found.bad_rows, request.found.sources};
  ManifestEntity entity{
      request.entity, request.table.format, request.partition, request.keys, request.features, {}, {}};
  entity.partitions = kept_partitions(stored, request);
  for (const NewPartition& added : partitions) {
    entity.partitions.push_back(
        {.day = format_day(added.day),
         .file = partition_file(request, added.day),
         .rows = added.rows,
         .bytes = added.bytes,
         .sha256 = added.sha256,
         .footer_sha256 = added.footer_sha256.empty() ? std::nullopt : std::optional(added.footer_sha256),
         .run = run.id});
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
    if (at == manifest.history.end() || place(*at) != place(meaning)) {
      manifest.history.insert(at, meaning);
    } else {
      *at = meaning;  // the same, unless the store is for exploring
    }
  }
}

/// An empty manifest when there is none.
Result<Manifest> read_manifest_file(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(kManifestName));
  if (!is_there) return Manifest();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(kManifestName));
  return parse_manifest(text, join_path(folder, kManifestName));
}

void visit_files(const Manifest& manifest, const std::function<void(const ManifestPartition&)>& visit) {
  for (const ManifestEntity& entity : manifest.entities) {
    for (const ManifestPartition& partition : entity.partitions) visit(partition);
  }
}

const ManifestPartition* find_file(const Manifest& manifest, const std::string& file) {
  for (const ManifestEntity& entity : manifest.entities) {
    for (const ManifestPartition& partition : entity.partitions) {
      if (partition.file == file) return &partition;
    }
  }
  return nullptr;
}

/// A commit of a store renames what its manifest lists, and removes partitions that it does not list.
Status judge_commit(const FolderCommit& commit, const std::string& folder) {
  const std::string path = join_path(folder, kCommitName);
  ASSIGN_OR_RETURN(const Manifest manifest, parse_manifest(commit.manifest, path));
  for (const NewFile& each : commit.renames) {
    const ManifestPartition* const listed = find_file(manifest, each.file);
    if (listed != nullptr && listed->bytes == each.bytes) continue;
    return Error::data(fmt::format("{} renames {}, which its manifest does not list", path, each.file));
  }
  for (const OldFile& each : commit.removals) {
    if (is_partition_file(each.file) && find_file(manifest, each.file) == nullptr) continue;
    return Error::data(fmt::format("{} removes {}, which is not for it to remove", path, each.file));
  }
  return {};
}

}  // namespace

bool touches(const OfflineRequest& request, Partitioning partitioning, const std::string& day) {
  const auto partition_of = [&](int64_t us) {
    return format_day(partition_start(partitioning, floor_divide(us, kMicrosPerDay)));
  };
  if (request.start && day < partition_of(request.start->us)) return false;
  if (request.end && day > partition_of(request.end->us - 1)) return false;
  return true;
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
    text += fmt::format("input {} {} {} {} {}\n", quote_json(input.path), input.bytes, input.modified_us,
                        input.changed_us, input.inode);
  }
  if (request.partition != Partitioning::kDay) text += fmt::format("partition {}\n", to_string(request.partition));
  if (!request.reading.empty()) text += "reading " + request.reading + "\n";
  return sha256_hex(text).substr(0, 32);
}

OfflineStore::OfflineStore(FileSystem& all_files, std::string folder, std::string headrace_version)
    : all_files_(all_files), folder_(std::move(folder)), headrace_version_(std::move(headrace_version)) {}

OfflineStore::~OfflineStore() {
  // What cannot be removed now is removed when the store is opened again.
  (void)discard_uncommitted().ok();
}

Result<std::unique_ptr<OfflineStore>> OfflineStore::open(FileSystem& files, std::string folder,
                                                         std::string headrace_version) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::unique_ptr<OfflineStore> store(new OfflineStore(files, folder, std::move(headrace_version)));
  ASSIGN_OR_RETURN(store->begun_folders_, make_new_folders(files, folder));
  for (const std::string& begun : store->begun_folders_) RETURN_IF_ERROR(files.sync_folder(folder_of(begun)));
  ASSIGN_OR_RETURN(store->files_, files.below(folder));
  ASSIGN_OR_RETURN(store->lock_, store->files_->lock_folder(""));
  RETURN_IF_ERROR(store->recover());
  return {std::move(store)};
}

Status OfflineStore::recover() {
  // A foreign or damaged manifest is told before anything is mended.
  ASSIGN_OR_RETURN(manifest_, read_manifest_file(*files_, folder_));
  RETURN_IF_ERROR(repair(*files_, [&](const FolderCommit& commit) { return judge_commit(commit, folder_); }));
  ASSIGN_OR_RETURN(manifest_, read_manifest_file(*files_, folder_));
  return {};
}

Status OfflineStore::require_draft() {
  if (draft_ == nullptr) {
    ASSIGN_OR_RETURN(draft_, Draft::begin(*files_));
  }
  return {};
}

Result<ReusePlan> OfflineStore::plan_reuse(const OfflineRequest& request) const {
  ReusePlan plan;
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr) {
    plan.reason = "nothing is stored yet";
    return plan;
  }

  if (changes_kind(request.is_dev)) {
    plan.reason = request.is_dev ? "the store is for exploring now" : "the store was for exploring";
    return plan;
  }

  const std::string id = run_id(request, headrace_version_);
  const auto run = std::find_if(stored->runs.begin(), stored->runs.end(),
                                [&](const ManifestRun& candidate) { return candidate.id == id; });
  if (run == stored->runs.end()) {
    const bool is_new =
        std::none_of(stored->partitions.begin(), stored->partitions.end(),
                     [&](const ManifestPartition& each) { return touches(request, stored->partition, each.day); });
    plan.reason = is_new ? "nothing is stored yet" : "features, request or inputs have changed";
    return plan;
  }

  for (const ManifestPartition& partition : stored->partitions) {
    if (partition.run != id) continue;
    ASSIGN_OR_RETURN(plan.reason, footer_fault(*files_, partition));
    if (!plan.reason.empty()) return plan;
    plan.reused_partitions += 1;
    plan.reused_rows += partition.rows;
  }

  plan.found = {run->bad_rows, run->sources};
  plan.reuse_all = plan.reused_partitions == run->partitions;
  if (!plan.reuse_all) plan.reason = "another run has replaced a part";
  return plan;
}

Result<OfflineStore::Place> OfflineStore::prepare_partition(const OfflineRequest& request, int64_t day) {
  RETURN_IF_ERROR(require_draft());
  const std::string file = partition_file(request, day);
  RETURN_IF_ERROR(files_->make_folders(folder_of(file)));
  if (sync_ == nullptr) sync_ = std::make_unique<BatchSync>(*files_);
  ASSIGN_OR_RETURN(const bool syncs_itself, sync_->add(folder_of(file)));
  return Place{*prepared_.insert(draft_->temporary_of(file)).first, syncs_itself};
}

Result<std::optional<std::string>> OfflineStore::read_beside(const std::string& name) {
  ASSIGN_OR_RETURN(const bool is_there, files_->exists(name));
  if (!is_there) return std::optional<std::string>();
  ASSIGN_OR_RETURN(std::string text, files_->read_file(name));
  return std::optional<std::string>(std::move(text));
}

Status OfflineStore::put_beside(const std::string& name, std::string_view text) {
  RETURN_IF_ERROR(require_draft());
  return write_file_atomically(*files_, name, text, draft_->temporary_of(name));
}

/// No file is replaced that the store does not know.
Status OfflineStore::check_places(const std::vector<NewFile>& renames) const {
  for (const NewFile& each : renames) {
    if (find_file(manifest_, each.file) != nullptr) continue;
    ASSIGN_OR_RETURN(const bool is_taken, files_->exists(each.file));
    if (!is_taken) continue;
    return Error::conflict(fmt::format("{} is there, and the store did not write it", join_path(folder_, each.file)))
        .with_help("move it away, or write to another folder");
  }
  return {};
}

bool OfflineStore::is_replaced_whole(const ManifestEntity& stored, const OfflineRequest& request) const {
  const bool begins_anew = manifest_.is_dev && !request.is_dev;
  return begins_anew || (request.is_dev && !has_same_columns(stored, request));
}

int64_t OfflineStore::outside_that_goes(const OfflineRequest& request) const {
  const ManifestEntity* const stored = manifest_.find_entity(request.entity);
  if (stored == nullptr || !is_replaced_whole(*stored, request)) return 0;
  return std::count_if(stored->partitions.begin(), stored->partitions.end(),
                       [&](const ManifestPartition& each) { return !touches(request, stored->partition, each.day); });
}

Manifest OfflineStore::manifest_to_be(const OfflineRequest& request,
                                      const std::vector<NewPartition>& partitions) const {
  // Nothing of a store for exploring goes into a real one.
  Manifest manifest = manifest_.is_dev && !request.is_dev ? Manifest() : manifest_;
  manifest.headrace_version = headrace_version_;
  manifest.is_dev = request.is_dev;

  const ManifestEntity* stored = manifest_.find_entity(request.entity);
  if (stored != nullptr && is_replaced_whole(*stored, request)) stored = nullptr;
  ManifestEntity entity = make_entity(stored, request, run_id(request, headrace_version_), partitions);
  std::vector<ManifestEntity>& entities = manifest.entities;
  std::erase_if(entities, [&](const ManifestEntity& other) { return other.name == request.entity; });
  entities.insert(std::upper_bound(entities.begin(), entities.end(), entity,
                                   [](const ManifestEntity& a, const ManifestEntity& b) { return a.name < b.name; }),
                  std::move(entity));
  remember_meanings(request, manifest);
  return manifest;
}

Status OfflineStore::commit(const OfflineRequest& request, const std::vector<NewPartition>& partitions) {
  CHECK_EQ(request.features.size(), request.meanings.size());
  RETURN_IF_ERROR(check_lost_days(request, partitions));
  RETURN_IF_ERROR(require_draft());
  Manifest manifest = manifest_to_be(request, partitions);
  FolderCommit commit;
  std::set<std::string> listed;
  visit_files(manifest, [&](const ManifestPartition& each) { listed.insert(each.file); });
  visit_files(manifest_, [&](const ManifestPartition& old) {
    if (!listed.contains(old.file)) commit.removals.push_back({old.file, old.bytes});
  });
  for (const NewPartition& added : partitions) {
    const std::string file = partition_file(request, added.day);
    commit.renames.push_back({file, draft_->temporary_of(file), added.bytes});
  }
  RETURN_IF_ERROR(check_places(commit.renames));

  if (const std::unique_ptr<BatchSync> sync = std::move(sync_)) {
    RETURN_IF_ERROR(sync->finish());
    RETURN_IF_ERROR(files_->sync_folder(request.entity));
  }
  RETURN_IF_ERROR(files_->sync_folder(""));

  commit.manifest = to_json(manifest);

  RETURN_IF_ERROR(lock_->check());

  // A failure from here on may come after the decision: the new files are no longer ours to remove.
  for (const NewFile& each : commit.renames) prepared_.erase(each.temporary);
  RETURN_IF_ERROR(decide(*files_, *draft_, commit));
  RETURN_IF_ERROR(carry_out(*files_, *draft_, commit));
  manifest_ = std::move(manifest);
  return {};
}

Status OfflineStore::discard_uncommitted() {
  sync_.reset();
  for (const std::string& file : std::exchange(prepared_, {})) {
    RETURN_IF_ERROR(files_->remove_all(file));

    // Its day and its entity go too, where nothing else is in them.
    for (std::string empty = folder_of(file); empty != "."; empty = folder_of(empty)) {
      ASSIGN_OR_RETURN(const std::vector<std::string> rest, files_->list(empty));
      if (!rest.empty()) break;
      RETURN_IF_ERROR(files_->remove(empty));
    }
  }

  // And the folders of a store that was begun by this run.
  draft_.reset();
  if (lock_ == nullptr) return {};
  return remove_empty_folders(all_files_, std::exchange(begun_folders_, {}));
}

Result<Manifest> load_manifest(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<FileSystem> below, files.below(folder));
  ASSIGN_OR_RETURN(const std::optional<FolderCommit> pending, load_commit(*below));
  if (!pending) {
    ASSIGN_OR_RETURN(const bool is_there, below->exists(kManifestName));
    if (!is_there) {
      return Error::environment(fmt::format("{} holds no manifest.json", folder))
          .with_help(fmt::format("`{}` makes one", way_to(RequestName::kBackfill, folder)));
    }
    return read_manifest_file(*below, folder);
  }

  RETURN_IF_ERROR(judge_commit(*pending, folder));
  ASSIGN_OR_RETURN(Manifest manifest, parse_manifest(pending->manifest, join_path(folder, kCommitName)));
  std::map<std::string, std::string> temporary_of;
  for (const NewFile& each : pending->renames) temporary_of[each.file] = each.temporary;
  for (ManifestEntity& entity : manifest.entities) {
    for (ManifestPartition& partition : entity.partitions) {
      const auto renamed = temporary_of.find(partition.file);
      if (renamed == temporary_of.end()) continue;
      ASSIGN_OR_RETURN(const bool is_waiting, below->exists(renamed->second));
      if (is_waiting) partition.file = renamed->second;
    }
  }
  return manifest;
}

}  // namespace headrace
