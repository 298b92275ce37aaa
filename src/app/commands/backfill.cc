#include "session/jobs/backfill_job.h"

#include "app/bad_row_options.h"
#include "app/checksum_table.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/meter_table.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/progress.h"
#include "app/run_option_texts.h"
#include "app/standard_output.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/printable_text.h"
#include "session/output/json_output.h"
#include "session/running/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

struct BackfillOptions {
  std::string project;
  std::vector<std::string> sources;
  std::string format;
  std::string output;
  std::vector<std::string> features;
  std::vector<std::string> excluded;
  std::string start, end, every;
  RowsOptions rows;
  BadRowOptions bad_rows;
  bool wants_checksum = false;
  bool wants_profiles = false;
  bool replaces = false;
  std::string partition;
  bool is_dev = false;
  bool quiet = false;
  RunOptionTexts run;
};

bool prints_rows(const BackfillOptions& options) { return options.output == kStandardOutput; }

Result<BackfillJob> read_job(const BackfillOptions& options) {
  BackfillJob job;
  job.output = options.output;
  job.features = options.features;
  job.excluded = options.excluded;
  ASSIGN_OR_RETURN(job.start, read_time("--start", options.start));
  ASSIGN_OR_RETURN(job.end, read_time("--end", options.end));
  ASSIGN_OR_RETURN(job.every, read_duration("--every", options.every));
  job.table.format = table_format_from_string(options.rows.format).value_or(TableFormat::kParquet);
  if (prints_rows(options)) {
    ASSIGN_OR_RETURN(job.table.format, text_format(options.rows));
  }
  if (options.rows.limit > 0) job.rows_max = options.rows.limit;
  job.wants_checksum = options.wants_checksum;
  job.wants_profiles = options.wants_profiles;
  job.replaces = options.replaces;
  job.is_dev = options.is_dev;
  job.partition = partitioning_from_string(options.partition);
  RETURN_IF_ERROR(check_bad_row_options(options.bad_rows));
  job.skips_bad_rows = options.bad_rows.skips();
  job.bad_rows_file = options.bad_rows.file;
  ASSIGN_OR_RETURN(job.run, read_run_options(options.run));
  return job;
}

std::string entity_note(const EntityBackfill& entity) {
  if (entity.is_reused) {
    return entity.has_earlier_verdicts ? "reused, with the verdicts of the earlier run" : "reused: nothing has changed";
  }
  return entity.reason.empty() ? "" : "computed anew: " + entity.reason;
}

/// "days", or what else the files have.
std::string file_heading(const BackfillReport& report) {
  const auto is_other = [&](const EntityBackfill& each) { return each.partition != report.entities[0].partition; };
  if (report.entities.empty()) return "days";
  const bool is_mixed = std::any_of(report.entities.begin(), report.entities.end(), is_other);
  return is_mixed ? "files" : fmt::format("{}s", to_string(report.entities[0].partition));
}

std::string summary_text(const BackfillReport& report, bool color) {
  const bool is_written = !report.output.empty();
  Table table(is_written
                  ? std::vector<Table::Heading>{{"entity"},
                                                {"features", Align::kRight},
                                                {"rows", Align::kRight},
                                                {file_heading(report), Align::kRight},
                                                {"size", Align::kRight},
                                                {"note"}}
                  : std::vector<Table::Heading>{{"entity"}, {"features", Align::kRight}, {"rows", Align::kRight}});
  for (const EntityBackfill& each : report.entities) {
    std::vector<std::string> cells = {each.entity, std::to_string(each.features.size()), grouped_digits(each.rows)};
    if (is_written) {
      cells.push_back(grouped_digits(each.partitions_written + each.partitions_reused));
      cells.push_back(byte_count(each.bytes));
      cells.push_back(entity_note(each));
    }
    table.add_row(std::move(cells));
  }
  return table.text(color);
}

std::string said_in_text(const BackfillReport& report, bool color) {
  std::string out = summary_text(report, color);
  if (!report.quality.checks.empty()) out += "\n" + printable(to_text(report.quality));
  for (const EntityBackfill& each : report.entities) {
    if (each.checksum) out += "\n" + each.entity + "\n" + checksum_text(*each.checksum, color);
  }
  if (report.meter) out += "\n" + meter_text(*report.meter, color);
  return out;
}

int run_backfill_command(const BackfillOptions& options) {
  Result<BackfillJob> job = read_job(options);
  if (!job) return report_error(job.error());
  StandardOutputFile printed;
  if (prints_rows(options)) job->rows_out = &printed;
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  const int64_t start_us = system_clock().elapsed_us();
  JobProgress progress;
  const Result<BackfillReport> report = [&] {
    const StopOnInterrupt guard(progress);
    const ProgressBar bar(progress, options.quiet || (job->rows_out != nullptr && is_terminal(Stream::kOut)));
    return run_backfill(*project.session, *job, progress);
  }();
  if (!report) return report_job_error(report.error());

  const double seconds = static_cast<double>(system_clock().elapsed_us() - start_us) / 1e6;
  tell_remarks(report->warnings, report->notes, options.quiet);
  const int exit_code = report->quality.has_errors() ? kExitProblems : kExitFine;
  const Stream said = prints_rows(options) ? Stream::kErr : Stream::kOut;
  if (options.format == "json") {
    write_to(said, to_json(*report));
    return exit_code;
  }
  // Beside rows a summary would only be in the way where it was not asked to be quiet.
  if (said == Stream::kOut || !options.quiet) write_to(said, said_in_text(*report, wants_color(said)));
  if (!options.quiet) {
    const bool is_reused = std::all_of(report->entities.begin(), report->entities.end(),
                                       [](const EntityBackfill& each) { return each.is_reused; });
    const std::string written = report->output.empty() ? "computed"
                                : is_reused            ? report->output + " is up to date"
                                                       : "wrote " + report->output;
    write_err(fmt::format("{} {} {}: {}\n", written, is_reused ? "with" : "from", files_text(report->source_files),
                          effort_text(report->statistics.rows_read, seconds, resident_bytes_max())));
  }
  return exit_code;
}

void add_options(CLI::App& command, BackfillOptions& options) {
  command
      .add_option("--output", options.output,
                  "Folder of the offline store, - to print the rows, or null: to compute only")
      ->type_name("DIR")
      ->required();

  add_features_options(command, options.features, options.excluded);
  command
      .add_option("--start", options.start, "First instant of the output, inclusive; earlier events still feed windows")
      ->type_name("TIME");
  command.add_option("--end", options.end, "End of the output, exclusive")->type_name("TIME");
  add_earlier_name(command, "--from", "--start", options.start);
  add_earlier_name(command, "--to", "--end", options.end);

  command.add_option("--every", options.every, "A row at each point of a grid, such as 1h, instead of at each event")
      ->type_name("DURATION");
  add_rows_options(command, options.rows, {"parquet", "csv", "ndjson"},
                   "Only the first N rows, without quality checks; of `--output -` and null:");
  command.add_flag("--checksum", options.wants_checksum, "Show the sum and a hash of each feature's values");
  command.add_flag("--profiles", options.wants_profiles,
                   "Keep a profile of each feature and day in profiles.bin, also without a check of drift");
  command.add_flag("--replace", options.replaces,
                   "Replace tables also where columns, a grid, days or the partitioning would be lost");
  add_choice_without_default(command, "--partition", options.partition, {"day", "month", "year"},
                             "A file for each of them; default: as the stored table has it, else day");

  command.add_flag("--dev", options.is_dev,
                   "A store for exploring: overwritten also where meanings change and versions do not");

  add_bad_row_options(command, options.bad_rows);
  add_choice_option(command, "--format", options.format, {"text", "json"}, "Form of the summary");
  add_project_option(command, options.project);
  add_source_option(command, options.sources);
  add_run_options(command, options.run);
  add_meter_option(command, options.run);
  add_quiet_option(command, options.quiet);
}

}  // namespace

void add_backfill_command(CommandLine& line) {
  const auto options = std::make_shared<BackfillOptions>();

  CLI::App& command = line.add_command(
      {.name = "backfill",
       .summary = "Compute features over the past into an offline store",
       .description = "Writes OUT/ENTITY/day=YYYY-MM-DD/part-0.parquet with keys, event_time and features, and "
                      "OUT/manifest.json; --partition month or year makes fewer and larger files. A killed "
                      "run leaves the old tables or the new ones; a second run over unchanged definitions and data "
                      "reuses what is there. Quality checks are held against every row; one of severity error that "
                      "does not hold gives exit code 1.",
       .examples =
           {{"headrace backfill --output offline/", "Every feature of every entity, at each event."},
            {"headrace backfill --output offline/ --features pump_efficiency_24h --start 2024-03-01 --end 2024-04-01",
             "One feature, one month."},
            {"headrace backfill --output hourly/ --every 1h", "At each full hour."},
            {"headrace backfill --output offline/ --replace",
             "Features that are gone from the definitions go from the store too."},
            {"headrace backfill --output try/ --dev",
             "While you explore: definitions may change without a new version."},
            {"headrace backfill --output - --limit 10", "The first ten rows as CSV, on the standard output."},
            {"headrace backfill --output null: --checksum", "Compute everything, write nothing, compare."},
            {"headrace backfill --output null: --meter", "What each feature takes, of processor time and memory."}}},
      [options] { return run_backfill_command(*options); });
  add_options(command, *options);
}

}  // namespace headrace
