#pragma once

/// --watch: a verb that runs again whenever a definition or a test is saved, until Ctrl-C.

#include "app/command_line.h"

#include <functional>
#include <string>

namespace headrace {

void add_watch_option(CLI::App& command, bool& watches);

/// Runs once, or with `watches` again at each save below the project's folder. Returns the exit code of the run; a watch
/// ends only where the system cannot watch.
int run_watched(bool watches, const std::string& project, const std::function<int()>& run);

}  // namespace headrace
