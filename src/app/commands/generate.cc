#include "session/generated/generate_job.h"

#include "app/command_words.h"
#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "language/diagnostics/render.h"
#include "session/output/json_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

using Change = GenerateReport::File::Change;

struct GenerateOptions {
  GenerateJob job;
  std::string project;
  std::vector<std::string> sources;
  std::string format;
  bool quiet = false;
};

void report_files(const GenerateReport& report, const GenerateJob& job, bool quiet) {
  size_t written = 0;
  size_t removed = 0;
  for (const GenerateReport::File& file : report.files) {
    written += file.change == Change::kWritten ? 1 : 0;
    removed += file.change == Change::kRemoved ? 1 : 0;
    if (file.change == Change::kWritten && !quiet) write_out(job.output + "/" + file.path + "\n");
  }
  const size_t unchanged = report.files.size() - written - removed;
  std::string text = fmt::format("{}: {} of {}", job.output, counted(static_cast<int64_t>(written), "file"),
                                 counted(static_cast<int64_t>(report.features.size()), "feature"));
  if (unchanged > 0) text += fmt::format(", {} unchanged", unchanged);
  if (removed > 0) text += fmt::format(", {} removed", removed);
  if (!report.refusals.empty()) {
    std::vector<std::string_view> names;
    for (const Refusal& refusal : report.refusals) names.push_back(refusal.feature);
    text += fmt::format("; left out: {}", fmt::join(names, ", "));
  }
  if (!quiet) write_err(text + "\n");
}

int run_generate(const GenerateOptions& options) {
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  GenerateJob job = options.job;
  job.now = {system_clock().now_us()};
  Result<GenerateReport> report = generate(*project.session, job);
  if (!report) return report_error(report.error());
  report->diagnostics = in_command_words(report->diagnostics);
  if (options.format == "json") {
    write_out(to_json(*report, options.job, project.session->repository()));
    return report->is_refused ? kExitProblems : kExitFine;
  }
  write_err(render_text(report->diagnostics, project.session->loaded().files, wants_color(Stream::kErr)));
  if (report->is_refused) {
    const bool is_any = !report->features.empty();
    write_err(fmt::format("nothing was written{}\n",
                          is_any ? "; --skip-refused leaves these features out and writes the others" : ""));
    return kExitProblems;
  }
  report_files(*report, options.job, options.quiet);
  return kExitFine;
}

/// "duckdb|bigquery|snowflake": the values of a choice over all targets, each once.
std::string values_of(std::vector<std::string_view> GenerateTarget::* choice) {
  std::vector<std::string_view> all;
  for (const GenerateTarget& target : generate_targets()) {
    for (const std::string_view value : target.*choice) {
      if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
    }
  }
  return fmt::format("{}", fmt::join(all, "|"));
}

std::string target_choices() {
  std::vector<std::string_view> all;
  for (const GenerateTarget& target : generate_targets()) all.push_back(target.name);
  return fmt::format("{}", fmt::join(all, "|"));
}

}  // namespace

void add_generate_command(CommandLine& line) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App& command = line.add_command(
      {.name = "generate",
       .summary = "Write code for another runtime: Beam, SQL, dbt, Feast, Airflow, Kubeflow",
       .description = "The code gives the values of the engine; what a target cannot say exactly is refused by name. "
                      "The folder is ours: a second run writes what has changed and removes what is no longer made, "
                      "but never what somebody has edited.",
       .examples = {{"headrace generate beam --output build/beam", "One pipeline for the repository."},
                    {"headrace generate sql --dialect bigquery --output build/sql", "One statement a feature."},
                    {"headrace generate dbt --dialect snowflake --output build/dbt",
                     "Models, sources and tests for dbt."},
                    {"headrace generate airflow --output build/airflow", "A DAG that computes day after day."},
                    {"headrace generate airflow --engine beam --output build/airflow",
                     "A DAG that starts the Beam pipeline on Flink or Dataflow."},
                    {"headrace generate sql --features pump_efficiency_24h --output build/sql",
                     "One feature and what it uses."},
                    {"headrace generate feast --output build/feast", "A Feast repository over the offline store."},
                    {"headrace generate feast --offline bigquery --output build/feast",
                     "The same over the tables of a warehouse."}}},
      [options] { return run_generate(*options); });

  command.add_option("TARGET", options->job.target, "The runtime")->required()->type_name(target_choices());
  command.add_option("--output", options->job.output, "The folder to write into")->required()->type_name("DIR");
  command
      .add_option("--dialect", options->job.choices.dialect,
                  "Of sql and dbt, default: duckdb; of airflow and kubeflow with --engine sql, default: bigquery")
      ->type_name(values_of(&GenerateTarget::dialects));
  command
      .add_option("--engine", options->job.choices.engine,
                  "What airflow and kubeflow start: this program, the Beam pipeline or the SQL; default: native")
      ->type_name(values_of(&GenerateTarget::engines));
  command.add_option("--offline", options->job.choices.offline, "Where feast reads rows; default: file")
      ->type_name(values_of(&GenerateTarget::offlines));
  command
      .add_option(
          "--views", options->job.choices.views,
          "Of feast: one for each entity (default with files), or for each owner and time to live (default with "
          "a warehouse)")
      ->type_name(values_of(&GenerateTarget::views));
  add_project_option(command, options->project);
  add_source_option(command, options->sources);
  add_features_options(command, options->job.features, options->job.excluded);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  command.add_flag("--skip-refused", options->job.skips_refused, "Leave out what the target cannot say");
  command.add_flag("--force", options->job.overwrites_edits, "Overwrite generated files that were edited");
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
