#include "io/tables/delta_state.h"

#include "io/paths/path_parts.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// Features of readers that change nothing of how rows are read, or that a reading of today takes as it is.
constexpr std::string_view kUnderstood[] = {"timestampNtz",        "typeWidening",  "typeWidening-preview",
                                            "vacuumProtocolCheck", "columnMapping", "deletionVectors",
                                            "v2Checkpoint"};
constexpr int64_t kReaderVersionMax = 3;

Error refused(const std::string& shown, const std::string& what, const std::string& help) {
  return Error::data(fmt::format("`{}` is a Delta table with {}, which is not read", shown, what)).with_help(help);
}

constexpr char kCopy[] =
    "write its rows as plain Parquet files into another folder, with the engine that wrote the table";

}  // namespace

Status DeltaState::check_reader() const {
  if (reader_version_ > kReaderVersionMax) {
    return refused(shown_, fmt::format("version {} of the protocol for readers", reader_version_), kCopy);
  }
  for (const std::string& feature : features_) {
    const bool is_understood =
        std::find(std::begin(kUnderstood), std::end(kUnderstood), feature) != std::end(kUnderstood);
    if (!is_understood) return refused(shown_, fmt::format("the feature `{}`", feature), kCopy);
  }
  if (!column_mapping_.empty() && column_mapping_ != "none") {
    return refused(shown_, fmt::format("column mapping (by {})", column_mapping_), kCopy);
  }
  return {};
}

Result<DeltaVersion> DeltaState::finish(int64_t version) const {
  RETURN_IF_ERROR(check_reader());
  DeltaVersion result;
  result.version = version;
  for (const auto& [file, partitions] : files_) {
    const auto& [path, deleted] = file;
    if (!deleted.empty()) {
      return refused(shown_, "deletion vectors",
                     "`REORG TABLE .. APPLY (PURGE)` writes its files without the deleted rows; then it can be read");
    }
    const std::string place = url_decode(path);
    const std::vector<std::string> segments = split_path(place);
    const bool is_outside = place.starts_with('/') || place.find("://") != std::string::npos ||
                            std::find(segments.begin(), segments.end(), "..") != segments.end();
    if (is_outside) return refused(shown_, fmt::format("files outside its folder (`{}`)", place), kCopy);
    result.files[place] = partitions;
  }
  return result;
}

}  // namespace headrace
