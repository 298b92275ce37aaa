#include "session/jobs/explain_job.h"

#include "app/bad_row_options.h"
#include "app/checksum_table.h"
#include "app/commands/commands.h"
#include "app/count_option.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/run_option_texts.h"
#include "app/terminal.h"
#include "base/printable_text.h"

#include <memory>

namespace headrace {
namespace {

struct ExplainTexts {
  std::string project;
  std::vector<std::string> sources;
  std::string format;
  std::string at;
  ExplainJob job;
  BadRowOptions bad_rows;
  RunOptionTexts run;
  bool quiet = false;
};

Result<ExplainJob> read_job(const ExplainTexts& texts) {
  ExplainJob job = texts.job;
  ASSIGN_OR_RETURN(const std::optional<EventTime> at, read_time("--at", texts.at));
  if (!at) return Error::usage("--at needs a time such as 2024-03-01T12:00:00Z");
  job.at = *at;
  RETURN_IF_ERROR(check_bad_row_options(texts.bad_rows));
  job.skips_bad_rows = texts.bad_rows.skips();
  job.bad_rows_file = texts.bad_rows.file;
  ASSIGN_OR_RETURN(job.run, read_run_options(texts.run));
  return job;
}

int run_explain_command(const ExplainTexts& texts) {
  const Result<ExplainJob> job = read_job(texts);
  if (!job) return report_error(job.error());
  const OpenedProject project = open_project(texts.project, texts.sources);
  if (!project.session) return project.exit_code;

  const Result<ExplainReport> report = run_explain(*project.session, *job);
  if (!report) return report_error(report.error());
  tell_remarks(report->warnings, report->notes, texts.quiet);
  const std::string text =
      texts.format == "json" ? to_json(report->explanation) : printable(to_text(report->explanation));
  write_out(text.ends_with('\n') ? text : text + "\n");
  return kExitFine;
}

}  // namespace

void add_explain_command(CommandLine& line) {
  const auto texts = std::make_shared<ExplainTexts>();
  CLI::App& command = line.add_command(
      {.name = "explain",
       .summary = "Show the very events behind a value",
       .description = "The window's events in order, with formula values, what the filter dropped, nulls, the edges, "
                      "and how the result "
                      "came of them; of a derived feature, those that it uses.",
       .examples =
           {{"headrace explain pump_efficiency_24h --key pump_id=p1 --at 2024-03-02T12:00:00Z",
             "Why the value is what it is."},
            {"headrace explain delay_1h --key carrier=AA --key origin=JFK --at 2013-07-01T12:00:00Z --format json",
             "An entity with two keys, for machines."}}},
      [texts] { return run_explain_command(*texts); });

  command.add_option("FEATURE", texts->job.feature, "The feature")->required();
  command.add_option("--key", texts->job.keys, "A key of the entity; once for each key column")
      ->type_name("COLUMN=VALUE")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--at", texts->at, "The instant")->type_name("TIME")->required();
  add_count_option(command, "--events", texts->job.event_limit, "events", 0, 999'999'999,
                   "The most events to show in and around the window; 0: all; default: 20");
  add_bad_row_options(command, texts->bad_rows);
  add_choice_option(command, "--format", texts->format, {"text", "json"}, "Form of the output");
  add_project_option(command, texts->project);
  add_source_option(command, texts->sources);
  add_run_options(command, texts->run);
  add_quiet_option(command, texts->quiet);
}

}  // namespace headrace
