#include "app/command_words.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/opened_project.h"
#include "app/progress.h"
#include "app/terminal.h"
#include "app/watch.h"
#include "base/printable_text.h"
#include "language/diagnostics/render.h"
#include "session/running/source_quality.h"
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
  std::vector<std::string> sources;
  bool has_data = false;
  bool watches = false;
  bool quiet = false;
};

/// Holds the checks of the sources against their rows.
int check_data(const CheckOptions& options, Session& session) {
  if (const Status placed = session.place_sources(options.sources); !placed.ok()) return report_error(placed.error());
  JobProgress progress;
  const Result<QualityReport> report = [&] {
    const StopOnInterrupt guard(progress);
    const ProgressBar bar(progress, options.quiet);
    return check_all_source_rows(session, progress);
  }();
  if (!report) return report_job_error(report.error());
  if (options.format == "json") {
    write_out(to_json(*report));
  } else if (report->checks.empty()) {
    report_note("no source has `quality_checks`", options.quiet);
  } else {
    write_out(printable(to_text(*report)));
  }
  return report->has_errors() ? kExitProblems : kExitFine;
}

int run_check(const CheckOptions& options) {
  const Result<std::string> folder = project_folder(options.project);
  if (!folder) return report_error(folder.error());
  Result<Session> session = Session::open(*folder);
  if (!session) return report_error(session.error());
  Diagnostics diagnostics = session->diagnostics();
  std::vector<std::string> to_raise;
  if (!options.store.empty() && !diagnostics.has_errors()) {
    const Result<VersionReport> report = check_against_store(*session, options.store);
    if (!report) return report_error(report.error());
    for (Diagnostic& each : in_command_words(report->diagnostics).sorted()) diagnostics.add(std::move(each));
    to_raise = report->to_raise;
  }

  if (options.has_data && !diagnostics.has_errors()) return check_data(options, *session);
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
                      "store, under the same version. With --data the quality checks of sources are held against all "
                      "rows of their files; exit code 1 where one of severity error fails.",
       .examples = {{"headrace check", "Problems for people."},
                    {"headrace check --against offline/", "Also: which features need a new version?"},
                    {"headrace check --data", "Is the data of the sources as their quality checks say?"},
                    {"headrace check --format json", "The same as an array for machines."},
                    {"headrace check --format sarif > headrace.sarif", "For code scanning in a repository's host."}}},
      [options] { return run_watched(options->watches, options->project, [&] { return run_check(*options); }); });
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json", "sarif"}, "Form of the output");
  command.add_option("--against", options->store, "A store whose values definitions are held against")
      ->type_name("DIR");
  command.add_flag("--data", options->has_data, "Hold the quality checks of sources against their rows");
  add_source_option(command, options->sources);
  add_watch_option(command, options->watches);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
