#pragma once

/// What the actions of a Delta log add up to. Private to io/tables.

#include "base/result.h"
#include "io/paths/location.h"
#include "io/tables/delta_log.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// Which rows of a file are deleted; empty: none.
using DeletionVector = std::string;

/// Actions in order of versions. Not thread-safe.
class DeltaState {
 public:
  explicit DeltaState(std::string shown) : shown_(std::move(shown)) {}

  /// `path` as the log has it.
  void add(const std::string& path, const DeletionVector& deleted, std::vector<HivePartition> partitions) {
    files_[{path, deleted}] = std::move(partitions);
  }
  void remove(const std::string& path, const DeletionVector& deleted) { files_.erase({path, deleted}); }
  void set_reader(int64_t version, std::set<std::string> features) {
    reader_version_ = version;
    features_ = std::move(features);
  }
  void set_column_mapping(std::string mode) { column_mapping_ = std::move(mode); }

  const std::string& shown() const { return shown_; }

  /// An error names what is not understood.
  Result<DeltaVersion> finish(int64_t version) const;

 private:
  Status check_reader() const;

  const std::string shown_;
  std::map<std::pair<std::string, DeletionVector>, std::vector<HivePartition>> files_;
  int64_t reader_version_ = 1;
  std::set<std::string> features_;
  std::string column_mapping_;
};

/// Takes the actions of one Parquet file of a checkpoint.
Status read_delta_checkpoint(const std::string& path, DeltaState& state);

}  // namespace headrace
