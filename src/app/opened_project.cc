#include "app/opened_project.h"

#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "language/diagnostics/render.h"
#include "session/project/project_files.h"

#include <fmt/format.h>

namespace headrace {

Result<std::string> project_folder(const std::string& named) {
  if (named.empty()) return find_project(".");
  const std::string folder = named.size() > 1 && named.ends_with('/') ? named.substr(0, named.size() - 1) : named;
  ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(path_below(folder, kProjectFile)));
  if (is_there) return folder;
  return Error::environment(fmt::format("there is no {} in {}", kProjectFile, folder))
      .with_help("--project names the folder of a feature repository; `headrace init NAME` makes one");
}

OpenedProject open_project(const std::string& named, const std::vector<std::string>& sources) {
  const Result<std::string> folder = project_folder(named);
  if (!folder) return {std::nullopt, report_error(folder.error())};
  Result<Session> session = Session::open(*folder);
  if (!session) return {std::nullopt, report_error(session.error())};
  const Diagnostics& diagnostics = session->diagnostics();
  if (!diagnostics.has_errors()) {
    const Status placed = session->place_sources(sources);
    if (!placed.ok()) return {std::nullopt, report_error(placed.error())};
    return {std::move(*session), kExitFine};
  }
  Diagnostics errors;
  for (Diagnostic& each : diagnostics.sorted()) {
    if (each.severity == Severity::kError) errors.add(std::move(each));
  }
  write_err(render_text(errors, session->loaded().files, wants_color(Stream::kErr)));
  write_err(summary_of(errors, session->loaded().files.size()) + "\n");
  return {std::nullopt, kExitProblems};
}

void add_source_option(CLI::App& command, std::vector<std::string>& sources) {
  command.add_option("--source", sources, "Where a source lies for this run; once for each")
      ->type_name("NAME=PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string summary_of(const Diagnostics& diagnostics, size_t file_count) {
  return render_summary(diagnostics) + " in " + counted(static_cast<int64_t>(file_count), "file");
}

}  // namespace headrace
