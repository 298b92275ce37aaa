#include "session/jobs/dataset_job.h"

#include "app/bad_row_options.h"
#include "app/checksum_table.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/meter_table.h"
#include "app/opened_project.h"
#include "app/progress.h"
#include "app/run_option_texts.h"
#include "app/standard_output.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/printable_text.h"
#include "io/paths/file_formats.h"
#include "language/definitions/text_form.h"
#include "session/output/json_output.h"
#include "session/running/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace headrace {
namespace {

struct DatasetOptions {
  std::string project;
  std::vector<std::string> sources;
  std::string format;
  std::string form;
  DatasetJob job;
  RowsOptions rows;
  BadRowOptions bad_rows;
  bool quiet = false;
  RunOptionTexts run;
};

Result<TextForm> read_form(const DatasetOptions& options) {
  const auto format = file_format_of_path(options.job.observations);
  if (options.form.empty() || !format) return TextForm{};
  const ParsedTextForm parsed = parse_text_form(options.form, "`--observations-form`", *format);
  for (const Diagnostic& problem : parsed.diagnostics.sorted()) {
    if (problem.severity == Severity::kError)
      return Error::usage(fmt::format("--observations-form {}: {}", options.form, problem.message))
          .with_help(problem.help);
  }
  return parsed.form;
}

Result<DatasetJob> read_job(const DatasetOptions& options) {
  DatasetJob job = options.job;
  if (options.rows.limit > 0) job.rows_max = options.rows.limit;
  if (!options.rows.format.empty() && job.output != kStandardOutput) {
    return Error::usage("--output-format is for --output -; a file says its form by its extension");
  }
  ASSIGN_OR_RETURN(job.rows_format, text_format(options.rows));
  ASSIGN_OR_RETURN(job.observations_form, read_form(options));
  RETURN_IF_ERROR(check_bad_row_options(options.bad_rows));
  job.skips_bad_rows = options.bad_rows.skips();
  job.bad_rows_file = options.bad_rows.file;
  ASSIGN_OR_RETURN(job.run, read_run_options(options.run));
  return job;
}

std::string summary_text(const DatasetReport& report) {
  std::string out = fmt::format("{} with {} of {}, as of `{}`\n", counted(report.rows, "observation"),
                                counted(static_cast<int64_t>(report.features.size()), "feature"),
                                fmt::join(report.entities, ", "), report.time_column);
  if (!report.output.empty()) out += fmt::format("{}  {}\n", report.output, byte_count(report.bytes));
  return out;
}

int run_dataset_command(const DatasetOptions& options) {
  Result<DatasetJob> job = read_job(options);
  if (!job) return report_error(job.error());
  StandardOutputFile printed;
  const Stream said = job->output == kStandardOutput ? Stream::kErr : Stream::kOut;
  if (said == Stream::kErr) job->rows_out = &printed;
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  const int64_t start_us = system_clock().elapsed_us();

  JobProgress progress;
  const Result<DatasetReport> report = [&] {
    const StopOnInterrupt guard(progress);
    const ProgressBar bar(progress, options.quiet || (said == Stream::kErr && is_terminal(Stream::kOut)));
    return run_dataset(*project.session, *job, progress);
  }();
  if (!report) return report_job_error(report.error());

  const double seconds = static_cast<double>(system_clock().elapsed_us() - start_us) / 1e6;
  tell_remarks(report->warnings, report->notes, options.quiet);
  if (options.format == "json") {
    write_to(said, to_json(*report));
    return kExitFine;
  }
  if (said == Stream::kOut || !options.quiet) write_to(said, printable(summary_text(*report)));
  if (report->checksum) write_to(said, "\n" + checksum_text(*report->checksum, wants_color(said)));
  if (report->meter) write_to(said, "\n" + meter_text(*report->meter, wants_color(said)));
  if (!options.quiet) {
    write_err(fmt::format("read {} of {}: {}\n", counted(report->statistics.rows_read, "event"),
                          files_text(report->source_files),
                          effort_text(report->statistics.rows_read, seconds, resident_bytes_max())));
  }
  return kExitFine;
}

void add_options(CLI::App& command, DatasetOptions& options) {
  command
      .add_option("--observations", options.job.observations,
                  "Rows with entity keys and a time (Parquet, CSV or NDJSON)")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--output", options.job.output,
                  "The training set to write, by its extension; - to print the rows, or null: to write nothing")
      ->type_name("FILE")
      ->required();

  command
      .add_option("--observations-form", options.form,
                  "How a text file of observations is written, in the words of a source's `batch`")
      ->type_name("WORDS");
  add_features_options(command, options.job.features, options.job.excluded);
  command
      .add_option("--time-column", options.job.time_column,
                  "The observations' time; default: the event time of a source, event_time or event_timestamp")
      ->type_name("T");
  add_rows_options(command, options.rows, {"csv", "ndjson"}, "Only the first N observations");
  command.add_flag("--checksum", options.job.wants_checksum, "Show the sum and a hash of each feature's values");

  add_bad_row_options(command, options.bad_rows);
  add_choice_option(command, "--format", options.format, {"text", "json"}, "Form of the summary");
  add_project_option(command, options.project);
  add_source_option(command, options.sources);
  add_run_options(command, options.run);
  add_meter_option(command, options.run);
  add_quiet_option(command, options.quiet);
}

}  // namespace

void add_dataset_command(CommandLine& line) {
  const auto options = std::make_shared<DatasetOptions>();
  CLI::App& command =
      line.add_command({.name = "dataset",
                        .summary = "Attach features to observations, point-in-time correct",
                        .description = "Keeps every row in its order with all its columns, and adds a column for each "
                                       "feature with its value as of the row's "
                                       "time: nothing that happened later can be seen.",
                        .examples = {{"headrace dataset --observations labels.parquet --output train.parquet",
                                      "All features of the entities whose keys are there."},
                                     {"headrace dataset --observations labels.csv --output train.parquet --features "
                                      "pump_efficiency_24h --time-column labelled_at",
                                      "One feature, as of the labels' own time column."},
                                     {"headrace dataset --observations labels.csv --observations-form 'delimiter: "
                                      "\";\", decimal: \",\"' --output train.parquet",
                                      "Labels as a spreadsheet writes them."},
                                     {"headrace dataset --observations labels.csv --output - --limit 5",
                                      "The first five rows, on the standard output."}}},
                       [options] { return run_dataset_command(*options); });
  add_options(command, *options);
}

}  // namespace headrace
