#pragma once

/// --threads and --memory, as the verbs that compute have them; --meter of those that report; and, hidden, what tests vary: --step-rows, --kernels.

#include "app/command_line.h"
#include "session/running/run_options.h"

#include <string>

namespace headrace {

struct RunOptionTexts {
  int threads = 0;
  std::string memory;
  bool is_metered = false;
  int64_t step_rows = 0;
  std::string kernels = "sliding";
};

void add_run_options(CLI::App& command, RunOptionTexts& texts);
void add_meter_option(CLI::App& command, RunOptionTexts& texts);

Result<RunOptions> read_run_options(const RunOptionTexts& texts);

}  // namespace headrace
