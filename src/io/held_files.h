#pragma once

/// Files of a source that lie in an offline store: they must be the ones that its manifest lists.
///
/// A file is one of a store when it lies as a partition does, STORE/ENTITY/day=2024-03-01/part-0.parquet, and STORE has a
/// manifest. Sizes and footers are looked at before anything is read, and so is every byte of a text file, since its first
/// line decides what is read; every byte of a Parquet file before its rows are. All that of files on a disk: an object is
/// trusted as far as its footer, because the store of objects has digests of its own, and reading it twice is dear.

#include "base/file_system.h"
#include "io/offline/manifest.h"
#include "io/paths/location.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Thread-safe.
class HeldFiles {
 public:
  /// A file that is not as its store lists it is an Error of the data; so is a damaged manifest.
  static Result<std::shared_ptr<HeldFiles>> find(const std::vector<InputFile>& files);

  /// Reads all of the file, once. Nothing for a file of no store.
  Status check(size_t file);
  /// Are there files of a store for exploring?
  bool has_dev() const { return has_dev_; }

 private:
  struct Held {
    std::string store;
    ManifestPartition partition;
    std::once_flag once;
    Status status;
  };
  Status add(const InputFile& file);

  std::vector<std::unique_ptr<Held>> held_;  // by file; null: of no store, or known already
  std::optional<std::pair<std::string, std::optional<Manifest>>>
      last_;  // store and its manifest; nothing: none of ours
  bool has_dev_ = false;
};

}  // namespace headrace
