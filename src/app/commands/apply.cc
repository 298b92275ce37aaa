#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/opened_project.h"
#include "app/opened_rollouts.h"
#include "app/option_values.h"
#include "app/progress.h"
#include "app/rollout_texts.h"
#include "app/run_option_texts.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "base/random_name.h"
#include "delivery/change/definition_change.h"
#include "delivery/rollout/stored_evidence.h"
#include "session/project/revision.h"

#include <memory>

namespace headrace {
namespace {

struct ApplyOptions {
  RolloutPlaceOptions place;
  std::string against = "HEAD";
  std::string reason;
  std::string format;
  std::vector<std::string> sources;
  double mismatch_max = 1e-4;
  int64_t min_entities = 30;
  std::string at_least = "1h", bake = "1d";
  std::vector<std::string> panel;
  bool is_critical = false;
  bool again = false;
  bool quiet = false;
  RunOptionTexts run;
};

RolloutPlan plan_of(const DefinitionChange& change, const ApplyOptions& options, const std::string& commit) {
  RolloutPlan plan{.digest = change.digest,
                   .digest_before = change.digest_before,
                   .digest_now = change.digest_now,
                   .name_before = commit,
                   .name_now = options.against + " and what lies here"};
  for (const FeatureChange& each : change.features) {
    if (each.kind == ChangeKind::kMetadata) continue;
    plan.features.push_back(
        {each.feature, each.kind, each.owner, each.version_before, each.version_now, each.expected});
  }
  return plan;
}

Result<rollout_events::Applied> applied_of(const ApplyOptions& options, RolloutPlan plan, StoredEvidence& evidence) {
  rollout_events::Applied applied;
  applied.plan = std::move(plan);
  applied.min_entities = options.min_entities;
  applied.mismatch_max = options.mismatch_max;
  applied.is_critical = options.is_critical;
  applied.salt = applied.plan.digest;
  applied.panel = options.panel;
  ASSIGN_OR_RETURN(applied.entities, evidence.entities(applied));

  const std::optional<Duration> at_least = parse_duration(options.at_least);
  const std::optional<Duration> bake = parse_duration(options.bake);
  if (!at_least || !bake) return Error::usage("--at-least and --bake take durations such as 30m or 1d");
  RolloutPolicy policy = default_policy();
  policy.min_entities = options.min_entities;
  for (RolloutStep& step : policy.steps) {
    if (step.at_least_s == 0) continue;
    step.at_least_s = (step.kind == StepKind::kBake ? *bake : *at_least).us / kMicrosPerSecond;
  }
  applied.steps = steps_for(policy, applied.entities);
  return applied;
}

/// What was written down, for who asked.
int show_rollout(const Result<LoggedRollout>& rollout, const std::string& format) {
  if (!rollout.ok()) return report_error(rollout.error());
  write_out(format == "json" ? to_json(*rollout) + "\n" : printable(status_text(*rollout)));
  return kExitFine;
}

int apply_change(const ApplyOptions& options, const Session& before, const Session& now, const std::string& commit,
                 const DefinitionChange& change) {
  JobProgress progress;
  const StopOnInterrupt guard(progress);
  const ProgressBar bar(progress, options.quiet);
  const Result<RunOptions> run = read_run_options(options.run);
  if (!run) return report_error(run.error());
  StoredEvidence evidence(before.repository(), now, *run, progress);
  Result<rollout_events::Applied> applied = applied_of(options, plan_of(change, options, commit), evidence);
  if (!applied.ok()) return report_error(applied.error());

  const Result<std::vector<std::string>> undecidable = evidence.undecidable(*applied);
  if (!undecidable.ok()) return report_error(undecidable.error());
  if (!undecidable->empty()) {
    std::string reasons = "no judge could pass it by what is stored";
    for (const std::string& each : *undecidable) reasons += "\n  " + each;
    return report_error(Error::data(reasons).with_help("allow more with --mismatch-max, or keep more days of events"));
  }

  Result<OpenedRollouts> opened = OpenedRollouts::open(options.place, now.folder());
  if (!opened) return report_error(opened.error());
  return show_rollout(opened->desk().apply(*std::move(applied), options.reason, options.again), options.format);
}

int run_apply(const ApplyOptions& options) {
  const OpenedProject project = open_project(options.place.project, options.sources);
  if (!project.session) return project.exit_code;
  const Session& now = *project.session;
  const Result<RevisionFiles> files = read_definition_files_at(now.folder(), options.against);
  if (!files) return report_error(files.error());
  const std::optional<Session> before = session_of_revision(files->files, now.folder());
  if (!before) return kExitProblems;

  const DefinitionChange change = definition_change(before->repository(), now.repository());
  if (!change.problems.empty()) {
    return report_error(Error::data("the change cannot be applied: " + change.problems.front())
                            .with_help("headrace plan --against " + options.against + " says more"));
  }
  const RolloutPlan plan = plan_of(change, options, files->commit);
  if (plan.features.empty()) {
    report_note("no feature changes its meaning: there is nothing to roll out", options.quiet);
    return kExitFine;
  }
  return apply_change(options, *before, now, files->commit, change);
}

}  // namespace

void add_apply_command(CommandLine& line) {
  const auto options = std::make_shared<ApplyOptions>();
  CLI::App& command = line.add_command(
      {.name = "apply",
       .summary = "Begin to bring a change of definitions to readers, step by step",
       .description =
           "The change is from a revision of git to the definitions as they lie here. It is written into the "
           "control log of the environment, and goes on with `headrace rollout advance`: replay, shadow, a rising "
           "share of the entities, all, bake. Each step passes by what judges say of old and new values, and "
           "what fails is rolled back. A change that no judge could pass by the events that are stored is "
           "refused. Applying the same again changes nothing.",
       .examples = {{"headrace apply --against origin/main --reason 'clean sensors only'", "Begin."},
                    {"headrace apply --against v12 --critical --at-least 6h", "A second person has to approve."}}},
      [options] { return run_apply(*options); });
  add_rollout_place_options(command, options->place);
  command.add_option("--against", options->against, "Revision that readers have now")
      ->type_name("REVISION")
      ->capture_default_str();
  command.add_option("--reason", options->reason, "Why, for those who read the history")->type_name("TEXT")->required();

  // How it goes on.
  command.add_option("--mismatch-max", options->mismatch_max, "Share that may differ of what keeps its values")
      ->check(CLI::Range(1e-9, 0.5))
      ->capture_default_str();
  command.add_option("--min-entities", options->min_entities, "A share with fewer is computed and shown to nobody")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  command.add_option("--at-least", options->at_least, "How long a step lasts at least")
      ->type_name("DURATION")
      ->capture_default_str();
  command.add_option("--bake", options->bake, "How long the old version is kept warm")
      ->type_name("DURATION")
      ->capture_default_str();
  command.add_option("--panel", options->panel, "Keys that see every step, such as pump_id=p7")
      ->type_name("KEY,..")
      ->delimiter(',');
  command.add_flag("--critical", options->is_critical, "Somebody else has to approve before readers see it");
  command.add_flag("--again", options->again, "Try what was rolled back once more");

  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  add_source_option(command, options->sources);
  add_run_options(command, options->run);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
