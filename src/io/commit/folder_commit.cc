#include "io/commit/folder_commit.h"

#include "base/seal.h"
#include "data/json/json_form.h"
#include "io/commit/batch_sync.h"

namespace headrace {

template <typename Fields>
void describe(Fields& fields, const NewFile*) {
  fields.required("file", &NewFile::file);
  fields.required("temporary", &NewFile::temporary);
  fields.required("bytes", &NewFile::bytes);
}

template <typename Fields>
void describe(Fields& fields, const OldFile*) {
  fields.required("file", &OldFile::file);
  fields.required("bytes", &OldFile::bytes);
}

template <typename Fields>
void describe(Fields& fields, const FolderCommit*) {
  fields.required("manifest", &FolderCommit::manifest);
  fields.required("renames", &FolderCommit::renames);
  fields.required("removals", &FolderCommit::removals);
}

namespace {

Error damaged(const FileSystem& files) {
  return Error::data(files.shown(kCommitName) + " is damaged, or no run wrote it")
      .with_help("write to another folder, or remove this one to start it anew");
}

Result<FolderCommit> parse_commit(const FileSystem& files, const std::string& text) {
  const std::optional<JsonDocument> document = JsonDocument::parse(text);
  if (!is_whole(text) || !document) return damaged(files);
  std::string problem;
  std::optional<FolderCommit> commit = read_json<FolderCommit>(document->root(), problem);
  if (!commit) return damaged(files);
  return std::move(*commit);
}

/// Names lead nowhere but into the folder, and to nothing that the folder itself needs.
Status check_names(const FileSystem& files, const FolderCommit& commit) {
  const auto is_fine = [](const std::string& file) {
    return is_plain_path(file) && file != kManifestName && file != kCommitName;
  };
  for (const NewFile& each : commit.renames) {
    if (!is_fine(each.file) || !is_temporary_of(each.temporary, each.file)) return damaged(files);
  }
  for (const OldFile& each : commit.removals) {
    if (!is_fine(each.file)) return damaged(files);
  }
  return {};
}

/// Is a file there, no folder or link, of that size?
Result<bool> is_file_of(FileSystem& files, const std::string& path, int64_t bytes) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return false;
  ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
  return !info.is_folder && !info.is_special && info.bytes == bytes;
}

Status rename_into_place(FileSystem& files, const NewFile& file) {
  ASSIGN_OR_RETURN(const bool is_waiting, is_file_of(files, file.temporary, file.bytes));
  if (is_waiting) return files.rename(file.temporary, file.file);
  ASSIGN_OR_RETURN(const bool is_in_place, is_file_of(files, file.file, file.bytes));
  if (is_in_place) return {};
  return Error::conflict(files.shown(file.file) +
                         " is not the file that an interrupted run wrote: somebody has changed the folder since")
      .with_help("remove the folder and try again");
}

Status add_name(BatchSync& batch, const std::string& folder) {
  const Result<bool> added = batch.add(folder);
  return added.ok() ? Status() : added.error();
}

/// Removes files, and their folders where nothing is left in them, so that a crash does not bring them back.
Status remove_durably(FileSystem& files, const std::vector<OldFile>& removals) {
  BatchSync batch(files);
  for (const OldFile& each : removals) {
    const std::string folder = folder_of(each.file);
    ASSIGN_OR_RETURN(const bool is_ours, is_file_of(files, each.file, each.bytes));
    if (is_ours) RETURN_IF_ERROR(files.remove(each.file));
    RETURN_IF_ERROR(add_name(batch, folder_of(folder)));

    ASSIGN_OR_RETURN(const bool has_folder, files.exists(folder));
    if (!has_folder) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> rest, files.list(folder));
    if (rest.empty()) {
      RETURN_IF_ERROR(files.remove(folder));
    } else {
      RETURN_IF_ERROR(add_name(batch, folder));
    }
  }
  return batch.finish();
}

}  // namespace

Result<std::optional<FolderCommit>> load_commit(FileSystem& files) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(kCommitName));
  if (!is_there) return std::optional<FolderCommit>();
  const Result<std::string> text = files.read_file(kCommitName);
  if (!text.ok()) {
    // For a reader: the writer may have finished in between.
    ASSIGN_OR_RETURN(const bool is_still_there, files.exists(kCommitName));
    if (!is_still_there) return std::optional<FolderCommit>();
    return text.error();
  }
  ASSIGN_OR_RETURN(FolderCommit commit, parse_commit(files, *text));
  RETURN_IF_ERROR(check_names(files, commit));
  return std::optional<FolderCommit>(std::move(commit));
}

Status decide(FileSystem& files, const Draft& draft, const FolderCommit& commit) {
  CHECK(check_names(files, commit).ok());
  return write_file_atomically(files, kCommitName, sealed(json_document(commit)), draft.temporary_of(kCommitName));
}

Status carry_out(FileSystem& files, const Draft& draft, const FolderCommit& commit) {
  BatchSync batch(files);
  for (const NewFile& file : commit.renames) {
    RETURN_IF_ERROR(rename_into_place(files, file));
    RETURN_IF_ERROR(add_name(batch, folder_of(file.file)));
  }
  RETURN_IF_ERROR(batch.finish());

  RETURN_IF_ERROR(write_file_atomically(files, kManifestName, commit.manifest, draft.temporary_of(kManifestName)));
  RETURN_IF_ERROR(remove_durably(files, commit.removals));
  RETURN_IF_ERROR(files.remove(kCommitName));
  return files.sync_folder("");
}

Status repair(FileSystem& files, const std::function<Status(const FolderCommit&)>& judge) {
  ASSIGN_OR_RETURN(const std::optional<FolderCommit> pending, load_commit(files));
  if (pending) {
    RETURN_IF_ERROR(judge(*pending));
    ASSIGN_OR_RETURN(const std::unique_ptr<Draft> draft, Draft::begin(files));
    RETURN_IF_ERROR(carry_out(files, *draft, *pending));
  }
  return remove_left_drafts(files);
}

}  // namespace headrace
