#include "plan/plan.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "session/project/feature_selection.h"

#include <memory>

namespace headrace {
namespace {

struct PlanOptions {
  std::string project;
  std::string format;
  std::vector<std::string> features;
  std::vector<std::string> excluded;
};

int run_plan(const PlanOptions& options) {
  const OpenedProject project = open_project(options.project);
  if (!project.session) return project.exit_code;
  const Result<std::vector<std::string>> chosen =
      select_features(project.session->repository(), options.features, options.excluded, DefaultFeatures::kAll);
  if (!chosen) return report_error(chosen.error());
  const Result<Plan> plan = project.session->plan(*chosen, CheckNodes::kAdded);
  if (!plan) return report_error(plan.error());
  const std::string text = options.format == "json" ? to_json(*plan) : printable(to_text(*plan));
  write_out(text.ends_with('\n') ? text : text + "\n");
  return kExitFine;
}

}  // namespace

void add_plan_command(CommandLine& line) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App& command = line.add_command({.name = "plan",
                                        .summary = "Show the compiled plan that every engine reads",
                                        .description = "Typed expressions, shared series and states, windows and "
                                                       "digests of meaning. The JSON form is canonical and "
                                                       "versioned: equal plans are equal texts.",
                                        .examples = {{"headrace plan", "For people."},
                                                     {"headrace plan --format json --features pump_efficiency_24h",
                                                      "One feature and what it uses, for machines."}}},
                                       [options] { return run_plan(*options); });
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  add_features_options(command, options->features, options->excluded);
}

}  // namespace headrace
