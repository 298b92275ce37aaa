#pragma once

/// The files that a run makes in a folder before it has decided that they count.
///
/// Nobody else's file may ever be taken for one of them. So each run has a random token, which it puts into the folder as
/// the name of an empty file, writing-TOKEN, before it makes anything else; its files are called NAME.TOKEN.new. A run
/// that finds the token of a killed one removes what carries exactly that token, and nothing else.

#include "base/file_system.h"

#include <memory>
#include <string>

namespace headrace {

/// Not thread-safe.
class Draft {
 public:
  /// Makes the token known, also after a crash. `files` are those below the folder, and must outlive the draft.
  static Result<std::unique_ptr<Draft>> begin(FileSystem& files);
  /// Takes the token away again, if it can.
  ~Draft();

  /// Where a file is written before it is in place.
  std::string temporary_of(const std::string& file) const;

 private:
  Draft(FileSystem& files, std::string token) : files_(files), token_(std::move(token)) {}

  FileSystem& files_;
  std::string token_;
};

/// Is `temporary` what some draft calls `file`?
bool is_temporary_of(const std::string& temporary, const std::string& file);

/// Does a name, without its folders, belong to a draft: a mark, or a temporary file?
bool is_of_draft(const std::string& name);

/// Removes the files of runs that were killed before they decided, and folders that are empty then. REQUIRES: no run is
/// under way, and no commit is pending.
Status remove_left_drafts(FileSystem& files);

}  // namespace headrace
