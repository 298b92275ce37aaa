#pragma once

/// Opens the feature repository that a verb works on, and tells what is wrong with it.

#include "app/command_line.h"
#include "session/project/session.h"

#include <optional>
#include <string>

namespace headrace {

struct OpenedProject {
  std::optional<Session> session;  // absent: it was told why, and this is how to exit
  int exit_code = kExitFine;
};

/// The folder named, or the nearest upward with a project.yaml; problems are told by an error.
Result<std::string> project_folder(const std::string& named);

/// Opens it; errors in the definitions are shown on stderr and end the verb. Warnings are left to `headrace check`.
/// `sources`: "NAME=PATH"s for this run.
OpenedProject open_project(const std::string& named, const std::vector<std::string>& sources = {});

/// --source NAME=PATH, as the verbs that read events have it.
void add_source_option(CLI::App& command, std::vector<std::string>& sources);

/// "3 errors, 1 warning in 4 files".
std::string summary_of(const Diagnostics& diagnostics, size_t file_count);

}  // namespace headrace
