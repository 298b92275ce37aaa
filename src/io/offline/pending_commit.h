#pragma once

/// commit.json: a change of the store that has been decided and not yet been carried out. Internal to io/offline; the
/// protocol is in offline_store.h.

#include "base/file_system.h"
#include "io/offline/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kCommitName = "commit.json";
/// Ends the name of a file that is not yet in place.
inline constexpr std::string_view kNewSuffix = ".new";

struct PendingCommit {
  Manifest manifest;                  // to be
  std::vector<std::string> renames;   // final names of files that stand under FILE.new
  std::vector<std::string> removals;  // files that the manifest to be does not list
};

/// Nothing when there is none.
Result<std::optional<PendingCommit>> load_pending_commit(FileSystem& files, const std::string& folder);

/// Decides the commit. From here on it will be carried out, by this process or by the next one.
Status save_pending_commit(FileSystem& files, const std::string& folder, const PendingCommit& commit);

/// Carries the commit out; done again after a crash, it changes nothing that is done already.
Status carry_out(FileSystem& files, const std::string& folder, const PendingCommit& commit);

}  // namespace headrace
