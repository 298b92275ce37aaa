#include "app/opened_rollouts.h"

#include "app/opened_project.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "base/printable_text.h"
#include "language/diagnostics/render.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

/// The user's name by the system, which the variables of a shell cannot change.
std::string user_name() {
  const passwd* entry = getpwuid(geteuid());  // NOLINT(concurrency-mt-unsafe): before any thread begins
  return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

bool is_environment_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

}  // namespace

void add_rollout_place_options(CLI::App& command, RolloutPlaceOptions& options) {
  add_project_option(command, options.project);
  command.add_option("--env", options.environment, "Environment whose readers are meant")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--data", options.data, "Folder of the control log; else .headrace/rollouts/ENV of the project")
      ->type_name("DIR");
  command.add_option("--actor", options.actor, "Who asks, as it is written down; else the user of the system")
      ->type_name("NAME");
}

Result<OpenedRollouts> OpenedRollouts::open(const RolloutPlaceOptions& options, const std::string& project_folder) {
  if (!is_environment_name(options.environment)) {
    return Error::usage(fmt::format("`{}` cannot be the name of an environment", printable(options.environment)))
        .with_help("names have letters, digits, _ and -");
  }
  const std::string folder =
      options.data.empty() ? join_path(project_folder, ".headrace/rollouts/" + options.environment) : options.data;
  FileSystem& files = real_file_system();
  RETURN_IF_ERROR(files.make_folders(folder));
  OpenedRollouts out;
  ASSIGN_OR_RETURN(out.log_, open_control_log(join_path(folder, "control.db")));
  const std::string actor = options.actor.empty() ? user_name() : options.actor;
  out.desk_ = std::make_unique<RolloutDesk>(*out.log_, files, join_path(folder, "serving.json"), system_clock(), actor);
  return out;
}

std::optional<Session> session_of_revision(const std::vector<DefinitionFile>& files, const std::string& folder) {
  if (files.empty()) return Session::of_repository({}, folder);
  Session session = Session::of_texts(files, folder);
  if (!session.diagnostics().has_errors()) return session;
  Diagnostics errors;
  for (Diagnostic& each : session.diagnostics().sorted()) {
    if (each.severity == Severity::kError) errors.add(std::move(each));
  }
  write_err(render_text(errors, session.loaded().files, wants_color(Stream::kErr)));
  write_err(summary_of(errors, session.loaded().files.size()) + "\n");
  return std::nullopt;
}

}  // namespace headrace
