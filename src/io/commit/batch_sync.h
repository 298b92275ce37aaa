#pragma once

/// The disk is waited for once for many files, and not once for each.
///
/// The first files of a batch are synced one by one: a run that writes a day does not wait for what others have written
/// to the same disk. From then on a file need not sync itself; finish() writes them all in one step, where the system can
/// do that and says when it fails (FileSystem::begin_folder_sync).
///
///   BatchSync batch(files);
///   ASSIGN_OR_RETURN(const bool syncs_itself, batch.add("pump/day=2024-03-01"));   // for each file, before it is made
///   RETURN_IF_ERROR(batch.finish());   // when all are closed: bytes and names are there to stay
///
/// Not thread-safe.

#include "base/file_system.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace headrace {

class BatchSync {
 public:
  static constexpr size_t kSyncedAloneMax = 8;

  /// `files` must outlive the batch.
  explicit BatchSync(FileSystem& files) : files_(files) {}

  /// A file that will be written, or a name that is changed, in a folder that is there. Must the file sync itself?
  Result<bool> add(const std::string& folder);
  Status finish();

 private:
  FileSystem& files_;
  size_t count_ = 0;
  std::set<std::string> folders_;
  std::map<std::string, std::unique_ptr<FolderSync>> together_;  // by the first folder of a path; null: one by one
};

}  // namespace headrace
