#include "app/command_words.h"
#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/terminal.h"
#include "app/watch.h"
#include "language/diagnostics/render.h"
#include "session/versions/version_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace headrace {
namespace {

struct CheckOptions {
  std::string project;
  std::string format;
  std::string store;
  bool watches = false;
  bool quiet = false;
};

int run_check(const CheckOptions& options) {
  const Result<std::string> folder = project_folder(options.project);
  if (!folder) return report_error(folder.error());
  const Result<Session> session = Session::open(*folder);
  if (!session) return report_error(session.error());
  Diagnostics diagnostics = session->diagnostics();
  std::vector<std::string> to_raise;
  if (!options.store.empty() && !diagnostics.has_errors()) {
    const Result<VersionReport> report = check_against_store(*session, options.store);
    if (!report) return report_error(report.error());
    for (Diagnostic& each : in_command_words(report->diagnostics).sorted()) diagnostics.add(std::move(each));
    to_raise = report->to_raise;
  }

  const std::vector<DefinitionFile>& files = session->loaded().files;
  if (options.format == "json") {
    write_out(render_json(diagnostics));
  } else if (options.format == "sarif") {
    write_out(render_sarif(diagnostics));
  } else {
    write_out(render_text(diagnostics, files, wants_color(Stream::kOut)));
    if (!options.quiet || diagnostics.has_errors()) write_err(summary_of(diagnostics, files.size()) + "\n");
    if (!to_raise.empty()) {
      report_note(fmt::format("`headrace version raise {}` raises all of them", fmt::join(to_raise, " ")),
                  options.quiet);
    }
    if (session->repository().features.empty() && !diagnostics.has_errors()) {
      report_note("no feature is defined: they are in features/**/*.yaml", options.quiet);
    }
  }
  return diagnostics.has_errors() ? kExitProblems : kExitFine;
}

}  // namespace

void add_check_command(CommandLine& line) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& command = line.add_command(
      {.name = "check",
       .summary = "Show all problems of all files, with place and remedy",
       .description = "Reads project.yaml and features/**/*.yaml; executes nothing and opens no data. Exit code 1 when "
                      "there is an error. With --against also features that mean something else than the values in a "
                      "store, under the same version.",
       .examples = {{"headrace check", "Problems for people."},
                    {"headrace check --against offline/", "Also: which features need a new version?"},
                    {"headrace check --format json", "The same as an array for machines."},
                    {"headrace check --format sarif > headrace.sarif", "For code scanning in a repository's host."}}},
      [options] { return run_watched(options->watches, options->project, [&] { return run_check(*options); }); });
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json", "sarif"}, "Form of the output");
  command.add_option("--against", options->store, "A store whose values definitions are held against")
      ->type_name("DIR");
  add_watch_option(command, options->watches);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
