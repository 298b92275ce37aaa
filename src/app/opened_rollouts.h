#pragma once

/// The control log of a project's environment on this machine, and who asks.

#include "app/command_line.h"
#include "control_store/control_log.h"
#include "delivery/rollout/rollout_desk.h"
#include "session/project/session.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

struct RolloutPlaceOptions {
  std::string project;
  std::string environment = "dev";
  std::string data;   // empty: below the project
  std::string actor;  // empty: the user of the system
};
void add_rollout_place_options(CLI::App& command, RolloutPlaceOptions& options);

/// The log of an environment, open.
class OpenedRollouts {
 public:
  /// Makes the folder and the log where they are not there.
  static Result<OpenedRollouts> open(const RolloutPlaceOptions& options, const std::string& project_folder);

  RolloutDesk& desk() { return *desk_; }

 private:
  std::unique_ptr<ControlLog> log_;
  std::unique_ptr<RolloutDesk> desk_;
};

/// The definitions of a revision; nothing: it was told why they cannot be understood.
std::optional<Session> session_of_revision(const std::vector<DefinitionFile>& files, const std::string& folder);

}  // namespace headrace
