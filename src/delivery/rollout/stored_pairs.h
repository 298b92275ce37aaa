#pragma once

/// The values of changed features before and now at every instant that the sources' files give, in one pass.

#include "delivery/judges/paired_units.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct StoredPairs {
  std::string feature;
  bool is_number = false;         // else pairs have 0 for what is there
  std::optional<Duration> reach;  // how far back a value looks; nothing: for ever
  std::vector<PairedValue> pairs;
};

struct PairOptions {
  int64_t rows_max = 0;  // of an entity; more is an Error
  RunOptions run;
};

/// Features that are in both with one type and one entity, and do not mean the same. kStopped where it was stopped.
/// REQUIRES: both are free of errors.
Result<std::vector<StoredPairs>> read_stored_pairs(const Repository& before, const Session& now,
                                                   const PairOptions& options, JobProgress& progress);

}  // namespace headrace
