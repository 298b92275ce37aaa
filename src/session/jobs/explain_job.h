#pragma once

/// Why a feature has its value for one entity at one instant.

#include "explain/explain.h"
#include "session/project/session.h"
#include "session/running/run_options.h"

#include <string>
#include <vector>

namespace headrace {

struct ExplainJob {
  std::string feature;
  std::vector<std::string> keys;  // "pump_id=p7"; of an entity with one key also "p7"
  EventTime at;
  int64_t event_limit = 20;  // 0: all
  bool skips_bad_rows = false;
  std::string bad_rows_file;  // empty: none
  RunOptions run;
};

struct ExplainReport {
  Explanation explanation;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

Result<ExplainReport> run_explain(const Session& session, const ExplainJob& job);

}  // namespace headrace
