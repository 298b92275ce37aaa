#include "plan/plan.h"

#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/opened_project.h"
#include "app/opened_rollouts.h"
#include "app/option_values.h"
#include "app/progress.h"
#include "app/run_option_texts.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "delivery/change/change_text.h"
#include "delivery/change/compare_versions.h"
#include "session/project/feature_selection.h"
#include "session/project/revision.h"

#include <memory>

namespace headrace {
namespace {

struct PlanOptions {
  std::string project;
  std::string format;
  std::vector<std::string> features;
  std::vector<std::string> excluded;
  std::string against;
  std::vector<std::string> sources;
  std::string sample = "5%";
  int days = 7;
  bool has_no_values = false;
  bool quiet = false;
  RunOptionTexts run;
};

int run_compiled_plan(const PlanOptions& options, const Session& session) {
  const Result<std::vector<std::string>> chosen =
      select_features(session.repository(), options.features, options.excluded, DefaultFeatures::kAll);
  if (!chosen) return report_error(chosen.error());
  const Result<Plan> plan = session.plan(*chosen, CheckNodes::kAdded);
  if (!plan) return report_error(plan.error());
  const std::string text = options.format == "json" ? to_json(*plan) : printable(to_text(*plan));
  write_out(text.ends_with('\n') ? text : text + "\n");
  return kExitFine;
}

void write_change(const DefinitionChange& change, const std::string& format) {
  std::string text;
  if (format == "json") {
    text = to_json(change);
  } else if (format == "markdown") {
    text = to_markdown(change);
  } else if (format == "html") {
    text = to_html(change);
  } else {
    text = printable(to_text(change));
  }
  write_out(text.ends_with('\n') ? text : text + "\n");
}

Status compare_values(const PlanOptions& options, const Repository& before, const Session& now,
                      DefinitionChange& change) {
  CompareOptions compare;
  ASSIGN_OR_RETURN(compare.sample, read_share("--sample", options.sample));
  compare.days = options.days;
  ASSIGN_OR_RETURN(compare.run, read_run_options(options.run));
  JobProgress progress;
  const StopOnInterrupt guard(progress);
  const ProgressBar bar(progress, options.quiet);
  return compare_versions(before, now, compare, progress, change);
}

int run_change(const PlanOptions& options, const Session& now) {
  const Result<RevisionFiles> files = read_definition_files_at(now.folder(), options.against);
  if (!files) return report_error(files.error());
  const std::optional<Session> before = session_of_revision(files->files, now.folder());
  if (!before) return kExitProblems;

  DefinitionChange change = definition_change(before->repository(), now.repository());
  change.base = {false, options.against, files->commit};
  if (files->files.empty()) change.notes.push_back("the project is not there at " + options.against);
  if (!options.has_no_values && !change.is_empty()) {
    const Status compared = compare_values(options, before->repository(), now, change);
    if (!compared.ok()) return report_error(compared.error());
  }
  write_change(change, options.format);
  if (!change.problems.empty()) return kExitProblems;
  return change.is_empty() ? kExitFine : kExitChanges;
}

int run_plan(const PlanOptions& options) {
  const bool is_of_change = options.format == "markdown" || options.format == "html";
  if (options.against.empty() && is_of_change) {
    return report_error(Error::usage("--format " + options.format + " is a form of changes")
                            .with_help("--against REVISION says against what"));
  }
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  return options.against.empty() ? run_compiled_plan(options, *project.session) : run_change(options, *project.session);
}

}  // namespace

void add_plan_command(CommandLine& line) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App& command = line.add_command(
      {.name = "plan",
       .summary = "Show what a change of definitions means, or the compiled plan",
       .description =
           "With --against: each feature of the project as it lies here, classed by its meaning against a "
           "revision of its git repository; and how the values differ, computed now over a sample of the "
           "keys. Ends with 0 where nothing changes, with 4 where something does, and with 1 where the change "
           "cannot be applied as it stands.\n\nWithout: the plan that every engine reads. Typed expressions, "
           "shared series and states, windows and digests of meaning. The JSON form is canonical and "
           "versioned: equal plans are equal texts.",
       .examples = {{"headrace plan --against origin/main", "What a branch changes."},
                    {"headrace plan --against HEAD --format markdown --sample 10%", "For a pull request."},
                    {"headrace plan", "The compiled plan, for people."},
                    {"headrace plan --format json --features pump_efficiency_24h",
                     "One feature and what it uses, for machines."}}},
      [options] { return run_plan(*options); });
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json", "markdown", "html"}, "Form of the output");
  add_features_options(command, options->features, options->excluded);

  command.add_option("--against", options->against, "Revision of git to hold the definitions against")
      ->type_name("REVISION");
  command.add_option("--sample", options->sample, "Share of the keys whose values are compared")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--days", options->days, "How many of the newest days are compared")
      ->check(CLI::Range(1, 36'500))
      ->capture_default_str();
  command.add_flag("--no-values", options->has_no_values, "Compare no values: nothing but definitions is read");
  add_source_option(command, options->sources);
  add_run_options(command, options->run);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
