#include "session/explain_job.h"

#include "app/checksum_table.h"
#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/run_option_texts.h"
#include "app/terminal.h"

#include <memory>

namespace headrace {
namespace {

struct ExplainTexts {
  std::string project;
  std::string format;
  std::string at;
  ExplainJob job;
  RunOptionTexts run;
  bool quiet = false;
};

int run_explain_command(const ExplainTexts& texts) {
  ExplainJob job = texts.job;
  const Result<std::optional<EventTime>> at = read_time("--at", texts.at);
  if (!at) return report_error(at.error());
  if (!at->has_value()) return report_error(Error::usage("--at needs a time such as 2024-03-01T12:00:00Z"));
  job.at = **at;
  const Result<RunOptions> run = read_run_options(texts.run);
  if (!run) return report_error(run.error());
  job.run = *run;
  const OpenedProject project = open_project(texts.project);
  if (!project.session) return project.exit_code;
  const Result<ExplainReport> report = run_explain(*project.session, job);
  if (!report) return report_error(report.error());
  tell_remarks({}, report->notes, texts.quiet);
  const std::string text = texts.format == "json" ? to_json(report->explanation) : to_text(report->explanation);
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
  command
      .add_option("--events", texts->job.event_limit,
                  "The most events to show in and around the window; 0: all; default: 20")
      ->type_name("N")
      ->check(CLI::Validator(
          [](const std::string& given) {
            return given.find_first_not_of("0123456789") == std::string::npos && given.size() < 10
                       ? std::string()
                       : "takes a number of events, not `" + given + "`";
          },
          "", ""));
  add_choice_option(command, "--format", texts->format, {"text", "json"}, "Form of the output");
  add_project_option(command, texts->project);
  add_run_options(command, texts->run);
  add_quiet_option(command, texts->quiet);
}

}  // namespace headrace
