#pragma once

/// No output destroys or spoils an input.
///
/// Before a run opens anything, each path that it will write is compared with each path that the project reads: the
/// sources of all features, also of those that this run leaves out, the definitions and tests, the observations. Two
/// paths are the same when they lead to one file (device and inode, links resolved); a file that is not there yet is its
/// folder and its name. An output inside of a folder or glob that is read is refused too, whatever its name: the next
/// run would take it for events.
///
///   ReadPaths reads = read_paths(session);
///   reads.add_file("labels.csv", "has the observations");
///   RETURN_IF_ERROR(reads.refuse({{"train.csv", OptionName::kOutput, WrittenKind::kFile}}));

#include "base/option_name.h"
#include "base/result.h"
#include "language/definitions/source_parts.h"
#include "session/project/session.h"

#include <string>
#include <vector>

namespace headrace {

enum class WrittenKind {
  kFile,
  kSharedFolder,  // files of others may stand in it
  kOwnFolder,     // of a store: all that it holds is its own
};

struct WrittenPath {
  std::string path;                         // empty: nothing is written
  OptionName option = OptionName::kOutput;  // that asked for it
  WrittenKind kind = WrittenKind::kFile;
  std::vector<std::string> names = {};  // of files and folders that come into a folder, for the globs of sources
};

class ReadPaths {
 public:
  /// `reader` is for messages: "has the observations".
  void add_file(std::string path, std::string reader) { add({std::move(path), "", std::move(reader), std::nullopt}); }
  void add_folder(std::string path, std::string reader) { add_file(std::move(path), std::move(reader)); }
  /// A file, a folder or a glob of a source, below `folder` unless it is absolute.
  void add_source(const std::string& path, const std::string& folder, FileFormat format, std::string reader) {
    add({path, folder, std::move(reader), format});
  }

  /// A usage error for the first output that would harm an input or another output.
  Status refuse(const std::vector<WrittenPath>& outputs) const;

 private:
  struct Read {
    std::string path;
    std::string folder;
    std::string reader;
    std::optional<FileFormat> format;  // of a source, which may be a folder or a glob
  };
  void add(Read read) { reads_.push_back(std::move(read)); }
  static Status refuse_one(const Read& read, const WrittenPath& output);

  std::vector<Read> reads_;
};

/// Sources, definitions and tests of the project.
ReadPaths read_paths(const Session& session);

}  // namespace headrace
