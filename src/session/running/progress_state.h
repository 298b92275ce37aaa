#pragma once

/// What there is to show of a job that runs: for the line of a terminal, and for a function of Python.

#include "session/job_progress.h"

#include <cstdint>
#include <optional>
#include <string>

namespace headrace {

struct ProgressState {
  std::string stage;                // "pump: reading"
  std::optional<double> share;      // of the stage, 0 to 1; nothing: not known
  int64_t count = 0;                // rows or files so far
  std::optional<int64_t> of_total;  // of so many
  std::string noun;                 // "events"
};

ProgressState state_of(const JobProgress& progress);

}  // namespace headrace
