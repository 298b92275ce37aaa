#pragma once

/// The offline store: backfilled tables in a folder, one file for each entity and day, and the manifest that lists
/// them.
///
/// A run changes the store in one step, and a reader or the next run sees it before or after, whenever the run is killed:
/// new partitions are written beside the old ones, then io/commit decides and carries out. load_manifest, for readers,
/// changes nothing: while commit.json is there it answers with the manifest to be and points to the new files that are
/// not yet renamed.
///
/// The folder may lie where others write. The store works below it (FileSystem::below), and neither removes nor replaces
/// a file that no manifest or commit of it has named.

#include "base/file_system.h"
#include "io/commit/folder_commit.h"
#include "io/offline/changed_meanings.h"
#include "io/offline/manifest.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace headrace {

/// Verdicts of the quality checks, beside the manifest and sealed as it is.
inline constexpr char kStoreQualityName[] = "quality.json";

/// What a backfill of one entity will write.
struct OfflineRequest {
  std::string entity;
  std::vector<ManifestKey> keys;  // with their types as the sources deliver them
  std::vector<ManifestFeature> features;
  std::vector<std::string> meanings;  // canonical text of each feature, for messages about changed versions
  std::optional<EventTime> start, end;
  std::optional<Duration> every;
  std::vector<ManifestInput> inputs;
  std::string reading;  // how the inputs are read, as far as the same bytes can be read in several ways
  TableOptions table;
  std::vector<ManifestBadRows> bad_rows;  // known when the table is there
  bool replaces = false;                  // a commit may take days away that have no rows any more
};

/// What is to be done with the partitions that are there.
struct ReusePlan {
  /// All that the request asks for is there already and the files are whole: nothing need be computed.
  bool reuse_all = false;
  /// Why not: "features have changed", "pump/day=2024-03-01/part-0.parquet is missing"; for people.
  std::string reason;
  int64_t reused_rows = 0;
  int64_t reused_partitions = 0;
  std::vector<ManifestBadRows> bad_rows;  // of the run that made them
};

/// A partition that was written under its temporary name.
struct NewPartition {
  int64_t day = 0;  // since the epoch
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string sha256;
  std::string footer_sha256;  // empty: the format has no footer
};

/// The features of a request, for the version rule.
std::vector<VersionedMeaning> versioned_meanings(const OfflineRequest& request);

/// Does [start, end) of a request hold an instant of the day?
bool touches_day(const OfflineRequest& request, const std::string& day);

/// The digest of all that the bytes of a run follow from.
std::string run_id(const OfflineRequest& request, std::string_view headrace_version);

/// One process at a time holds a store for writing. Not thread-safe.
class OfflineStore {
 public:
  /// Makes the folder if need be, locks it, and finishes or undoes what a killed run left.
  /// `files` must outlive the store.
  static Result<std::unique_ptr<OfflineStore>> open(FileSystem& files, std::string folder,
                                                    std::string headrace_version);
  ~OfflineStore();

  const Manifest& manifest() const { return manifest_; }

  /// The version rule: the same name and version with another digest is an Error of the data that shows both meanings
  /// of each such feature. Ask before anything is computed.
  Status check_versions(const OfflineRequest& request) const;

  /// A run must not take rows away that lie outside of its [from, to): an Error where it would, because the columns are
  /// not those of the stored days, or because a stored day has rows before `from` or from `to` on. Ask before anything
  /// is computed.
  Status check_range(const OfflineRequest& request) const;

  /// A table loses no column and no grid unless told: an Error where the stored table has features or instants that the
  /// request lacks. Ask before anything is computed.
  Status check_losses(const OfflineRequest& request) const;

  Result<ReusePlan> plan_reuse(const OfflineRequest& request) const;

  /// Where the partition of a day must be written before commit, for files(): under a temporary name in its folder, which
  /// is made.
  Result<std::string> prepare_partition(const OfflineRequest& request, int64_t day);

  /// Puts the new partitions in place of the entity's old ones. Partitions of days that [from, to) does not touch stay.
  /// A stored day that would go because it has no rows any more is an Error, unless the request replaces.
  /// REQUIRES: check_range() allows it.
  Status commit(const OfflineRequest& request, const std::vector<NewPartition>& partitions);

  /// Removes what prepare_partition led to and commit did not take; the folder too, where this run has begun it and
  /// nothing is in it. The end of the store does so as well.
  Status discard_uncommitted();

  /// A file of the store beside the manifest.
  Result<std::optional<std::string>> read_beside(const std::string& name);
  Status put_beside(const std::string& name, std::string_view text);

  /// Those below the store's folder.
  FileSystem& files() { return *files_; }
  const std::string& folder() const { return folder_; }

 private:
  Status check_lost_days(const OfflineRequest& request, const std::vector<NewPartition>& partitions) const;
  OfflineStore(FileSystem& all_files, std::string folder, std::string headrace_version);
  Status recover();
  Status require_draft();
  Status check_places(const std::vector<NewFile>& renames) const;

  FileSystem& all_files_;
  std::string folder_;
  std::string headrace_version_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Draft> draft_;  // of this run; begun with its first file
  Manifest manifest_;
  std::set<std::string> prepared_;  // temporary names
  bool is_begun_here_ = false;      // the folder was not there before
};

/// The manifest of the store in a folder, for readers. Files in it may be those of a commit that is being finished.
/// No store there is an Error of the environment.
Result<Manifest> load_manifest(FileSystem& files, const std::string& folder);

}  // namespace headrace
