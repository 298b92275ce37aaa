#pragma once

/// Whether the files of an offline store are the ones that were written: by their footers, which is cheap, or by every
/// byte.

#include "base/file_system.h"
#include "io/offline/manifest.h"

#include <string>
#include <vector>

namespace headrace {

/// Why a file cannot be the one that was written, for people; empty where size and footer are right. `files` are those
/// below the store's folder.
Result<std::string> footer_fault(FileSystem& files, const ManifestPartition& partition);

/// The same by every byte.
Result<std::string> file_fault(FileSystem& files, const ManifestPartition& partition);

struct StoreFault {
  std::string file;  // from the store's folder
  std::string problem;
};

struct StoreCheck {
  int64_t files = 0;  // that were read, manifest and verdicts included
  int64_t bytes = 0;
  std::vector<StoreFault> faults;
  std::vector<std::string> strangers;  // files in the folder that are no part of the store
  bool is_dev = false;                 // a store for exploring
  bool is_pending = false;             // an interrupted run has decided and is not yet carried out
};

/// Reads all of a store: any byte that has changed since it was written is a fault. A run that changes the store in the
/// meantime is waited out: files are judged by one manifest. No store there is an Error of the environment.
Result<StoreCheck> verify_store(FileSystem& files, const std::string& folder);

}  // namespace headrace
