#include "session/jobs/show_job.h"

#include "app/bad_row_options.h"
#include "app/checksum_table.h"
#include "app/commands/commands.h"
#include "app/count_option.h"
#include "app/interrupt.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/progress.h"
#include "app/run_option_texts.h"
#include "app/shown_values.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/watch.h"
#include "session/output/json_output.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

constexpr int64_t kLastRows = 5;
/// Keys at an instant.
constexpr int64_t kKeysShown = 20;

struct ShowOptions {
  std::string project;
  std::vector<std::string> sources;
  std::string format;
  std::string at, every;
  int64_t last = 0;  // 0: not given
  ShowJob job;
  BadRowOptions bad_rows;
  RunOptionTexts run;
  bool watches = false;
  bool quiet = false;
};

Result<ShowJob> read_job(const ShowOptions& options) {
  ShowJob job = options.job;
  ASSIGN_OR_RETURN(job.at, read_time("--at", options.at));
  ASSIGN_OR_RETURN(job.every, read_duration("--every", options.every));
  if (job.at && job.every)
    return Error::usage("--at is one instant, --every is for a row of them: give one of the two");
  job.rows_max = options.last > 0 ? options.last : job.at ? kKeysShown : kLastRows;
  RETURN_IF_ERROR(check_bad_row_options(options.bad_rows));
  job.skips_bad_rows = options.bad_rows.skips();
  job.bad_rows_file = options.bad_rows.file;
  ASSIGN_OR_RETURN(job.run, read_run_options(options.run));
  return job;
}

std::string tables_text(const ShowReport& report) {
  const bool color = wants_color(Stream::kOut);
  std::string out;
  for (const ShownTable& table : report.tables) {
    if (table.rows.empty()) continue;
    if (!out.empty()) out += "\n";
    out += rows_text(table, color);
    const std::string courses = is_terminal(Stream::kOut) ? courses_text(table) : "";
    if (!courses.empty()) out += "\n" + courses;
  }
  return out;
}

int write_csv(const ShowReport& report) {
  if (report.tables.size() > 1) {
    return report_error(Error::usage(fmt::format("CSV is one table, but these are features of {} and {}",
                                                 report.tables[0].entity, report.tables[1].entity))
                            .with_help("name features of one entity, or take --format json"));
  }
  const Result<std::string> text = to_csv(report.tables.front());
  if (!text) return report_error(text.error());
  write_out(*text);
  return kExitFine;
}

int run_show_command(const ShowOptions& options) {
  const Result<ShowJob> job = read_job(options);
  if (!job) return report_error(job.error());
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  JobProgress progress;
  const Result<ShowReport> report = [&] {
    const StopOnInterrupt guard(progress);
    const ProgressBar bar(progress, options.quiet);
    return run_show(*project.session, *job, progress);
  }();
  if (!report) return report_job_error(report.error());

  tell_remarks(report->warnings, report->notes, options.quiet);
  for (const ShownTable& table : report->tables) {
    const auto shown = static_cast<int64_t>(table.rows.size());
    if (!job->at || shown == table.rows_total) continue;
    report_note(fmt::format("{} of {} keys of {}; --last N shows more, --key one", grouped_digits(shown),
                            grouped_digits(table.rows_total), table.entity),
                options.quiet);
  }
  if (options.format == "csv") return write_csv(*report);
  write_out(options.format == "json" ? to_json(*report) : tables_text(*report));
  return kExitFine;
}

void add_options(CLI::App& command, ShowOptions& options) {
  command.add_option(
      "FEATURE", options.job.features,
      "The features, in the order of the columns, chosen as with --features of other commands; default: all");
  add_exclude_option(command, options.job.excluded);
  command.add_option("--key", options.job.keys, "Only rows of this key; once for each key column")
      ->type_name("COLUMN=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--at", options.at, "The values as of this instant, also between events")->type_name("TIME");
  add_count_option(command, "--last", options.last, "rows", 1, kShownRowsMax,
                   "The last N rows (default: 5); with --at the first N keys (default: 20)");
  command.add_option("--every", options.every, "Rows at the points of a grid, such as 1h, instead of at each event")
      ->type_name("DURATION");
  add_bad_row_options(command, options.bad_rows);
  add_choice_option(command, "--format", options.format, {"text", "csv", "json"}, "Form of the output");
  add_project_option(command, options.project);
  add_source_option(command, options.sources);
  add_run_options(command, options.run);
  add_watch_option(command, options.watches);
  add_quiet_option(command, options.quiet);
}

}  // namespace

void add_show_command(CommandLine& line) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App& command = line.add_command(
      {.name = "show",
       .summary = "Show values: the last ones, or those of one instant",
       .description = "The rows that a backfill would write, computed from the events and written nowhere: the short "
                      "way from an edit to a value. On a terminal, rows of one key come with the course of each "
                      "number.",
       .examples = {{"headrace show pump_efficiency_24h", "Its last five values, of whichever pump."},
                    {"headrace show pump_efficiency_24h latest_mode --key pump_id=p1 --every 1h --last 24",
                     "A day of one pump, hour by hour."},
                    {"headrace show latest_mode --watch", "Again at each save of a definition."},
                    {"headrace show --at 2024-03-01T12:00:00Z", "Every feature of every pump as of noon."},
                    {"headrace show --key pump_id=p1 --at 2024-03-01T12:00:00Z --format json",
                     "One pump, for a program."}}},
      [options] {
        return run_watched(options->watches, options->project, [&] { return run_show_command(*options); });
      });
  add_options(command, *options);
}

}  // namespace headrace
