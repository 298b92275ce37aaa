#pragma once

/// The offline store: backfilled tables in a folder, one file for each entity and day (or month, or year), and the
/// manifest that lists them.
///
/// A run changes the store in one step, and a reader or the next run sees it before or after, whenever the run is killed:
/// new partitions are written beside the old ones, then io/commit decides and carries out. load_manifest, for readers,
/// changes nothing: while commit.json is there it answers with the manifest to be and points to the new files that are
/// not yet renamed.
///
/// The folder may lie where others write. The store works below it (FileSystem::below), and neither removes nor replaces
/// a file that no manifest or commit of it has named.

#include "base/file_system.h"
#include "io/commit/batch_sync.h"
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
/// Profiles of the values by day (quality/profiles), likewise; its last 8 bytes are hash_bytes of those before.
inline constexpr char kStoreProfilesName[] = "profiles.bin";

/// What a run knows when it has read its sources.
struct RunFindings {
  std::vector<ManifestBadRows> bad_rows;
  std::vector<ManifestSource> sources;
};

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
  Partitioning partition = Partitioning::kDay;
  RunFindings found;      // known when the table is there
  bool is_dev = false;    // the store is for exploring
  bool replaces = false;  // a commit may take days away that have no rows any more
};

/// What is to be done with the partitions that are there.
struct ReusePlan {
  /// All that the request asks for is there already and the files are whole: nothing need be computed.
  bool reuse_all = false;
  /// Why not: "features have changed", "pump/day=2024-03-01/part-0.parquet is missing"; for people.
  std::string reason;
  int64_t reused_rows = 0;
  int64_t reused_partitions = 0;
  RunFindings found;  // by the run that made them
};

/// A partition that was written under its temporary name.
struct NewPartition {
  int64_t day = 0;  // the first one, since the epoch
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string sha256;
  std::string footer_sha256;  // empty: the format has no footer
};

/// The features of a request, for the version rule.
std::vector<VersionedMeaning> versioned_meanings(const OfflineRequest& request);

/// Does [start, end) of a request hold an instant of the partition that begins with the day?
bool touches(const OfflineRequest& request, Partitioning partitioning, const std::string& day);

/// Partitions of a table have the same columns in the same form.
bool has_same_columns(const ManifestEntity& stored, const OfflineRequest& request);

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

  /// A store for exploring stays one, and a real one does, unless told: an Error where the request is for the other
  /// kind. Ask before anything is computed.
  Status check_kind(bool is_dev) const;

  /// The version rule: the same name and version with another digest is an Error of the data that shows both meanings
  /// of each such feature. In a store for exploring there is none. Ask before anything is computed.
  Status check_versions(const OfflineRequest& request) const;

  /// A run must not take rows away that lie outside of its [from, to): an Error where it would, because the columns are
  /// not those of the stored days, or because a stored partition has rows before `from` or from `to` on. Ask before
  /// anything is computed. In a store for exploring, a table with other columns is replaced as a whole.
  Status check_range(const OfflineRequest& request) const;

  /// A table loses no column, no grid and not its partitioning unless told: an Error where the stored table has features,
  /// instants or files that the request lacks. Ask before anything is computed.
  Status check_losses(const OfflineRequest& request) const;

  /// Partitions outside of the request's range that a commit takes away: only in a store that is or was for exploring.
  int64_t outside_that_goes(const OfflineRequest& request) const;

  Result<ReusePlan> plan_reuse(const OfflineRequest& request) const;

  /// Where a partition is written before commit, for files().
  struct Place {
    std::string path;           // a temporary name in its folder, which is made
    bool syncs_itself = false;  // else commit() syncs it, with others
  };
  Result<Place> prepare_partition(const OfflineRequest& request, int64_t day);

  /// Puts the new partitions in place of the entity's old ones. Partitions that [from, to) does not touch stay.
  /// A stored one that would go because it has no rows any more is an Error, unless the request replaces.
  /// REQUIRES: check_range() allows it.
  Status commit(const OfflineRequest& request, const std::vector<NewPartition>& partitions);

  /// Removes what prepare_partition led to and commit did not take; the folder too and those above it, where this run
  /// has begun them and nothing is in them. The end of the store does so as well.
  Status discard_uncommitted();

  /// A file of the store beside the manifest.
  Result<std::optional<std::string>> read_beside(const std::string& name);
  Status put_beside(const std::string& name, std::string_view text);

  /// Those below the store's folder.
  FileSystem& files() { return *files_; }
  const std::string& folder() const { return folder_; }

 private:
  enum class Edge { kStart, kEnd };
  Status check_edge(const ManifestEntity& stored, std::optional<EventTime> edge, Edge which) const;
  /// Whether the store is about to become one of the other kind.
  bool changes_kind(bool is_dev) const;
  /// Whether no partition of the table stays, whatever the range: when exploring, where columns differ, and where a real
  /// store takes the place of one for exploring.
  bool is_replaced_whole(const ManifestEntity& stored, const OfflineRequest& request) const;
  Status check_lost_days(const OfflineRequest& request, const std::vector<NewPartition>& partitions) const;
  OfflineStore(FileSystem& all_files, std::string folder, std::string headrace_version);
  Status recover();
  Manifest manifest_to_be(const OfflineRequest& request, const std::vector<NewPartition>& partitions) const;
  Status require_draft();
  Status check_places(const std::vector<NewFile>& renames) const;

  FileSystem& all_files_;
  std::string folder_;
  std::string headrace_version_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Draft> draft_;  // of this run; begun with its first file
  Manifest manifest_;
  std::set<std::string> prepared_;          // temporary names
  std::unique_ptr<BatchSync> sync_;         // of these
  std::vector<std::string> begun_folders_;  // the store's and those above it, where they were not there before
};

/// The manifest of the store in a folder, for readers. Files in it may be those of a commit that is being finished.
/// No store there is an Error of the environment.
Result<Manifest> load_manifest(FileSystem& files, const std::string& folder);

}  // namespace headrace
