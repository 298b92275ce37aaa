#include "io/offline/pending_commit.h"

#include <nlohmann/json.hpp>

#include <set>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Result<PendingCommit> parse_commit(const std::string& text, const std::string& path) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (!json.is_discarded()) {
      PendingCommit commit;
      ASSIGN_OR_RETURN(commit.manifest, parse_manifest(json.at("manifest").get<std::string>(), path));
      commit.renames = json.at("renames").get<std::vector<std::string>>();
      commit.removals = json.at("removals").get<std::vector<std::string>>();
      return commit;
    }
  } catch (const nlohmann::json::exception&) {
  }
  return Error::data(path + " is damaged").with_help("write to another folder, or remove this one to start it anew");
}

/// The bytes that the manifest lists for a file; -1 for one that it does not.
int64_t listed_bytes(const Manifest& manifest, const std::string& file) {
  for (const ManifestEntity& entity : manifest.entities) {
    for (const ManifestPartition& partition : entity.partitions) {
      if (partition.file == file) return partition.bytes;
    }
  }
  return -1;
}

Status rename_into_place(FileSystem& files, const std::string& path, int64_t bytes) {
  const std::string from = path + std::string(kNewSuffix);
  ASSIGN_OR_RETURN(const bool is_waiting, files.exists(from));
  if (is_waiting) return files.rename(from, path);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (is_there) {
    ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
    if (info.bytes == bytes) return {};
  }
  return Error::conflict(path +
                         " is not the file that an interrupted backfill wrote: somebody has changed the store since")
      .with_help("remove the store's folder and run the backfill again");
}

/// Removes files, and their folders where nothing is left in them, so that a crash does not bring them back.
Status remove_durably(FileSystem& files, const std::vector<std::string>& paths) {
  std::set<std::string> touched;
  for (const std::string& path : paths) {
    const std::string folder = folder_of(path);
    ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
    if (is_there) RETURN_IF_ERROR(files.remove(path));
    touched.insert(folder_of(folder));
    ASSIGN_OR_RETURN(const bool has_folder, files.exists(folder));
    if (!has_folder) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> rest, files.list(folder));
    if (rest.empty()) {
      RETURN_IF_ERROR(files.remove(folder));
    } else {
      touched.insert(folder);
    }
  }
  for (const std::string& folder : touched) RETURN_IF_ERROR(files.sync_folder(folder));
  return {};
}

}  // namespace

Result<std::optional<PendingCommit>> load_pending_commit(FileSystem& files, const std::string& folder) {
  const std::string path = join_path(folder, kCommitName);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return std::optional<PendingCommit>();
  const Result<std::string> text = files.read_file(path);
  if (!text.ok()) {
    // For a reader: the writer may have finished in between.
    ASSIGN_OR_RETURN(const bool is_still_there, files.exists(path));
    if (!is_still_there) return std::optional<PendingCommit>();
    return text.error();
  }
  ASSIGN_OR_RETURN(PendingCommit commit, parse_commit(*text, path));
  return std::optional<PendingCommit>(std::move(commit));
}

Status save_pending_commit(FileSystem& files, const std::string& folder, const PendingCommit& commit) {
  const Json json = {
      {"manifest", to_json(commit.manifest)}, {"renames", commit.renames}, {"removals", commit.removals}};
  return write_file_atomically(files, join_path(folder, kCommitName),
                               json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Status carry_out(FileSystem& files, const std::string& folder, const PendingCommit& commit) {
  std::set<std::string> touched;
  for (const std::string& file : commit.renames) {
    RETURN_IF_ERROR(rename_into_place(files, join_path(folder, file), listed_bytes(commit.manifest, file)));
    touched.insert(folder_of(join_path(folder, file)));
  }
  for (const std::string& path : touched) RETURN_IF_ERROR(files.sync_folder(path));
  RETURN_IF_ERROR(write_file_atomically(files, join_path(folder, kManifestName), to_json(commit.manifest)));
  std::vector<std::string> removals;
  for (const std::string& file : commit.removals) removals.push_back(join_path(folder, file));
  RETURN_IF_ERROR(remove_durably(files, removals));
  RETURN_IF_ERROR(files.remove(join_path(folder, kCommitName)));
  return files.sync_folder(folder);
}

}  // namespace headrace
