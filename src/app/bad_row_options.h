#pragma once

/// --on-bad-row and --bad-rows, as the verbs that read sources have them.

#include "app/command_line.h"

#include <string>

namespace headrace {

struct BadRowOptions {
  std::string on_bad_row;
  std::string file;

  bool skips() const { return on_bad_row == "skip"; }
};

void add_bad_row_options(CLI::App& command, BadRowOptions& options);

/// Whether the options fit together.
Status check_bad_row_options(const BadRowOptions& options);

}  // namespace headrace
