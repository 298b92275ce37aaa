#include "session/jobs/test_run.h"

#include "app/bad_row_options.h"
#include "app/command_words.h"
#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/run_option_texts.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/watch.h"
#include "language/diagnostics/render.h"
#include "session/output/json_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace headrace {
namespace {

/// Differences that are shown of one file; the rest is counted.
constexpr size_t kMismatchesShownMax = 20;

struct TestOptions {
  std::string project;
  std::vector<std::string> files;
  std::string format;
  std::vector<std::string> engines = {"batch"};
  std::string python;
  BadRowOptions bad_rows;
  RunOptionTexts run;
  bool watches = false;
  bool quiet = false;
};

/// The engines asked for; `all` stands for those that this build has.
std::vector<std::string> engines_of(const std::vector<std::string>& asked) {
  std::vector<std::string> engines;
  for (const std::string& each : asked) {
    if (each == "all") return case_engines();
    if (std::find(engines.begin(), engines.end(), each) == engines.end()) engines.push_back(each);
  }
  return engines;
}

/// The Python that runs generated code.
std::string python_of(const TestOptions& options) {
  if (!options.python.empty()) return options.python;
  const char* named = std::getenv("HEADRACE_PYTHON");
  return named != nullptr && *named != '\0' ? named : "python3";
}

std::string outcome_text(const CaseReport& report, bool color) {
  switch (report.outcome) {
    case CaseReport::Outcome::kPassed: return styled("pass", Style::kGreen, color);
    case CaseReport::Outcome::kFailed: return styled("FAIL", Style::kRed, color);
    case CaseReport::Outcome::kSkipped: return styled("skip", Style::kYellow, color);
    case CaseReport::Outcome::kBroken: return styled("FAIL", Style::kRed, color);
  }
  return "";
}

/// What a line ends with: "19 asks, 190 values".
std::string extent_of(const CaseReport& report) {
  if (report.outcome == CaseReport::Outcome::kSkipped && report.refused.empty()) return "not for this engine";
  if (report.values == 0 && !report.refused.empty()) return "refused";
  if (report.values == 0)
    return report.refusal.empty() && !report.problems.has_errors() && !report.error ? "refused as expected" : "";
  return fmt::format("{}, {}", counted(static_cast<int64_t>(report.asks), "ask"),
                     counted(static_cast<int64_t>(report.values), "value"));
}

std::string mismatch_text(const CaseReport& report, bool color) {
  std::string out;
  size_t shown = 0;
  size_t ask = report.asks;
  for (const CaseMismatch& each : report.mismatches) {
    if (++shown > kMismatchesShownMax) break;
    if (each.ask != ask) out += fmt::format("  ask {}: {} at {}\n", each.ask + 1, each.entity, to_string(each.at));
    ask = each.ask;
    out += fmt::format("    {}  ({}:{}:{})\n", each.feature, report.file, each.span.line, each.span.column);
    out += "      " + styled("expected  " + to_json(each.expected), Style::kGreen, color) + "\n";
    out += "      " + styled("actual    " + to_json(each.actual), Style::kRed, color) + "\n";
  }
  if (report.mismatches.size() > kMismatchesShownMax) {
    out += fmt::format("  and {} more\n", report.mismatches.size() - kMismatchesShownMax);
  }
  return out;
}

std::string case_text(const CaseReport& report, bool shows_engine, bool color) {
  std::string out = outcome_text(report, color) + "  " + report.file;
  if (shows_engine) out += "  " + report.engine;
  if (const std::string extent = extent_of(report); !extent.empty()) out += styled("  " + extent, Style::kDim, color);
  out += "\n";
  for (const auto& [feature, reason] : report.refused) {
    out += styled(fmt::format("  not compared: {}: {}\n", feature, reason), Style::kDim, color);
  }
  if (!report.refusal.empty()) out += "  " + report.refusal + "\n";
  if (report.error) {
    out += "  error: " + report.error->message() + "\n";
    if (!report.error->help().empty()) out += "   help: " + report.error->help() + "\n";
  }
  out += mismatch_text(report, color);
  if (report.outcome != CaseReport::Outcome::kSkipped) out += render_text(report.problems, report.files, color);
  return out;
}

int run_test(const TestOptions& options) {
  const Result<RunOptions> run = read_run_options(options.run);
  if (!run) return report_error(run.error());
  if (const Status fits = check_bad_row_options(options.bad_rows); !fits.ok()) return report_error(fits.error());
  TestJob job{.project = "",
              .files = options.files,
              .engines = engines_of(options.engines),
              .python = python_of(options),
              .skips_bad_rows = options.bad_rows.skips(),
              .bad_rows_file = options.bad_rows.file,
              .run = *run};

  // Files may be named from anywhere; without them the repository has its own.
  if (job.files.empty()) {
    const Result<std::string> folder = project_folder(options.project);
    if (!folder) return report_error(folder.error());
    job.project = *folder;
  }

  Result<TestReport> report = run_tests(job);
  if (!report) return report_error(report.error());
  for (CaseReport& each : report->cases) {
    if (each.error) each.error = in_command_words(*each.error);
  }

  if (options.format == "json") {
    write_out(to_json(*report));
    return report->ok() ? kExitFine : kExitProblems;
  }

  const bool color = wants_color(Stream::kOut);
  for (const CaseReport& each : report->cases) {
    if (options.quiet && each.outcome == CaseReport::Outcome::kPassed) continue;
    write_out(case_text(each, report->engines.size() > 1, color));
  }
  if (report->cases.empty()) report_note("there are no tests: no file *.yaml is there", options.quiet);
  std::string summary = fmt::format("{} passed, {} failed", report->passed, report->failed);
  if (report->skipped > 0) summary += fmt::format(", {} skipped", report->skipped);
  if (!options.quiet || !report->ok()) write_err(summary + "\n");
  return report->ok() ? kExitFine : kExitProblems;
}

}  // namespace

void add_test_command(CommandLine& line) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App& command = line.add_command(
      {.name = "test",
       .summary = "Run the tests of features through the real engine",
       .description = "A test says which events happen, where to look, and what must be seen. Values "
                      "are compared by bits, unless the "
                      "test has a `tolerance`.",
       .examples = {{"headrace test", "The repository's own tests/**/*.yaml."},
                    {"headrace test tests/pump_efficiency.yaml", "One file, wherever it lies."},
                    {"headrace test tests/pumps/", "All of a folder."},
                    {"headrace test --engine batch,sql --python .venv/bin/python",
                     "The engine and the generated DuckDB statements give the same values."},
                    {"headrace test --format json", "For machines."}}},
      [options] { return run_watched(options->watches, options->project, [&] { return run_test(*options); }); });

  command.add_option("FILE", options->files,
                     "Test files, or folders of them; default: tests/**/*.yaml of the repository");
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  command
      .add_option("--engine", options->engines,
                  "Engines by commas: batch, code generated for beam or sql, beam with our kernel inside, or all")
      ->type_name("batch|beam|beam-native|sql|all")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--python", options->python,
                  "The Python with the packages of generated code; default: $HEADRACE_PYTHON or python3")
      ->type_name("PROGRAM");
  add_bad_row_options(command, options->bad_rows);
  add_run_options(command, options->run);
  add_watch_option(command, options->watches);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
