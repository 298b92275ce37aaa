#pragma once

/// Changes several files of a folder in one step: decide, carry out, repair.
///
/// A folder of that kind has manifest.json, which says what it holds; what the text says is its owner's business. New
/// files are first written under the names of a draft (draft.h). Then commit.json is put in place: the manifest to be,
/// with the renames and removals that lead to it. This decides. Then the files are renamed, manifest.json is replaced,
/// what it no longer lists is removed, and at last commit.json. Whoever opens the folder and finds commit.json does all
/// that again from its start, which harms nothing that is done already.
///
/// The folder may lie where others write. So commit.json is sealed (base/seal.h), nothing is touched before all of its
/// names have been judged, a file is renamed or removed only as a file of the size that the commit names, and all of it
/// happens below the folder (FileSystem::below).
///
/// Not thread-safe: one process at a time holds the folder for writing.

#include "base/file_system.h"
#include "io/commit/draft.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

inline constexpr char kManifestName[] = "manifest.json";
inline constexpr char kCommitName[] = "commit.json";

struct NewFile {
  std::string file;       // where it will be
  std::string temporary;  // where it is
  int64_t bytes = 0;
};

struct OldFile {
  std::string file;
  int64_t bytes = 0;
};

/// Paths are relative to the folder.
struct FolderCommit {
  std::string manifest;  // the text to be
  std::vector<NewFile> renames;
  std::vector<OldFile> removals;
};

/// Nothing when there is none. A text that no run wrote is an Error of the data.
Result<std::optional<FolderCommit>> load_commit(FileSystem& files);

/// From here on it will be carried out, by this process or by the next one. REQUIRES: the new files and their folders
/// have been synced.
Status decide(FileSystem& files, const Draft& draft, const FolderCommit& commit);

Status carry_out(FileSystem& files, const Draft& draft, const FolderCommit& commit);

/// Carries out a commit that is pending, and removes what undecided runs left. `judge` sees the commit before anything is
/// touched, and refuses names that are not the owner's.
Status repair(FileSystem& files, const std::function<Status(const FolderCommit&)>& judge);

}  // namespace headrace
