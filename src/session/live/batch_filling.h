#pragma once

/// Fills the states of one entity from the files of its sources, up to where their streams begin.
///
/// The states hold what comes before the first of the cuts; rows of files behind it are given beside them. Files are read once,
/// as a backfill reads them. Files that end before a cut leave a gap: an Error that tells its two ends.

#include "engine/stream/stored_stream.h"
#include "session/job_progress.h"
#include "session/live/stream_cut.h"
#include "session/project/session.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace headrace {

/// What an entity begins with instead of the states of a checkpoint.
struct FilledEntity {
  StoredStream states;
  std::vector<FilledRows> rows;
  StreamCuts cuts;       // of all its sources
  int64_t bad_rows = 0;  // of files, left out
};

struct FillRequest {
  size_t entity = 0;             // of the plan
  std::vector<size_t> features;  // those of the stream
  /// Of all sources of the entity; `at` and `asked` of the cuts are said.
  StreamCuts cuts = {};
  std::map<std::string, Duration> quiet = {};  // see AskedCut
  int threads = 0;                             // 0: all that this process may use
  std::function<bool()> is_stopped = {};       // asked while files are read; true ends it with kStopped
};

Result<FilledEntity> fill_from_files(const Session& session, const Plan& plan, const FillRequest& request,
                                     JobProgress& progress);

}  // namespace headrace
