#pragma once

/// The log of a Delta table: which of its files are the newest version, as the protocol says
/// (github.com/delta-io/delta, PROTOCOL.md).
///
/// Understood are commits, checkpoints of one or several Parquet files, partition values, type widening and times without
/// a zone. Refused by name is what would change rows: deletion vectors, column mapping, files outside the table, checkpoints
/// of the second form where they are needed, and every feature of readers that is not known here.

#include "base/file_system.h"
#include "base/result.h"
#include "io/paths/location.h"

#include <map>
#include <string>
#include <vector>

namespace headrace {

/// The files of the newest version. `shown` is the table's folder in messages.
struct DeltaVersion {
  int64_t version = 0;
  /// By their paths below the table's folder, decoded.
  std::map<std::string, std::vector<HivePartition>> files;
};

Result<DeltaVersion> read_delta_log(const std::string& folder, const std::string& shown);

}  // namespace headrace
