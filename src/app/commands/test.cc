#include "session/test_run.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/run_option_texts.h"
#include "app/table.h"
#include "app/terminal.h"
#include "language/diagnostics/render.h"
#include "language/diagnostics/suggest.h"
#include "session/json_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

/// Differences that are shown of one file; the rest is counted.
constexpr size_t kMismatchesShownMax = 20;

const std::vector<std::string> kEngines = {"batch", "stream", "online", "beam", "sql"};

struct TestOptions {
  std::string project;
  std::vector<std::string> files;
  std::string format;
  std::vector<std::string> engines = {"batch"};
  RunOptionTexts run;
  bool quiet = false;
};

/// Engines that this build lacks are wrong use, never a silent pass.
Status check_engine(const std::string& engine) {
  if (engine == "batch" || engine == "all") return {};
  if (std::find(kEngines.begin(), kEngines.end(), engine) != kEngines.end()) {
    return Error::usage(fmt::format("engine `{}` is not part of this build yet", engine))
        .with_help("`--engine batch` is");
  }
  return Error::usage(fmt::format("there is no engine `{}`", engine)).with_help(did_you_mean(engine, kEngines));
}

Status check_engines(const std::vector<std::string>& engines) {
  for (const std::string& engine : engines) RETURN_IF_ERROR(check_engine(engine));
  return {};
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
  if (report.outcome == CaseReport::Outcome::kSkipped) return "not for this engine";
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

std::string case_text(const CaseReport& report, bool color) {
  std::string out = outcome_text(report, color) + "  " + report.file;
  if (const std::string extent = extent_of(report); !extent.empty()) out += styled("  " + extent, Style::kDim, color);
  out += "\n";
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
  if (const Status engine = check_engines(options.engines); !engine) return report_error(engine.error());
  const Result<RunOptions> run = read_run_options(options.run);
  if (!run) return report_error(run.error());
  TestJob job{.project = "", .files = options.files, .engine = CaseEngine::kBatch, .run = *run};
  if (job.files.empty()) {
    const Result<std::string> folder = project_folder(options.project);
    if (!folder) return report_error(folder.error());
    job.project = *folder;
  }
  const Result<TestReport> report = run_tests(job);
  if (!report) return report_error(report.error());
  if (options.format == "json") {
    write_out(to_json(*report, job.engine));
    return report->ok() ? kExitFine : kExitProblems;
  }
  const bool color = wants_color(Stream::kOut);
  for (const CaseReport& each : report->cases) {
    if (!options.quiet || each.outcome != CaseReport::Outcome::kPassed) write_out(case_text(each, color));
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
  CLI::App& command =
      line.add_command({.name = "test",
                        .summary = "Run the tests of features through the real engine",
                        .description = "A test says which events happen, where to look, and what must be seen. Values "
                                       "are compared by bits, unless the "
                                       "test has a `tolerance`.",
                        .examples = {{"headrace test", "The repository's own tests/**/*.yaml."},
                                     {"headrace test tests/pump_efficiency.yaml", "One file, wherever it lies."},
                                     {"headrace test tests/pumps/", "All of a folder."},
                                     {"headrace test --format json", "For machines."}}},
                       [options] { return run_test(*options); });
  command.add_option("FILE", options->files,
                     "Test files, or folders of them; default: tests/**/*.yaml of the repository");
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  command.add_option("--engine", options->engines, "Engines by commas: batch, or all that this build has")
      ->type_name("batch|all")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_run_options(command, options->run);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
