#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/opened_project.h"
#include "app/opened_rollouts.h"
#include "app/progress.h"
#include "app/rollout_texts.h"
#include "app/run_option_texts.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "delivery/rollout/stored_evidence.h"
#include "session/project/revision.h"

#include <memory>

namespace headrace {
namespace {

struct RolloutOptions {
  RolloutPlaceOptions place;
  std::string verb;
  std::string id;
  std::string reason;
  std::string format;
  std::vector<std::string> sources;
  bool quiet = false;
  RunOptionTexts run;
};

int tell_rollout(const RolloutOptions& options, const Result<LoggedRollout>& rollout) {
  if (!rollout.ok()) return report_error(rollout.error());
  if (options.format == "json") {
    write_out(to_json(*rollout) + "\n");
  } else {
    write_out(printable(options.verb == "explain" ? explain_text(*rollout) : status_text(*rollout)));
  }
  return kExitFine;
}

/// The rollout that is asked for: the one under way, else the newest.
Result<LoggedRollout> named_rollout(const LoggedRollouts& all, const std::string& id) {
  const LoggedRollout* found = id.empty() ? all.active() : all.find(id);
  if (found == nullptr && id.empty() && !all.rollouts.empty()) found = &all.rollouts.back();
  if (found != nullptr) return *found;
  if (id.empty()) return Error::not_found("no rollout yet").with_help("`headrace apply` begins one");
  return Error::not_found("there is no rollout `" + printable(id) + "`")
      .with_help("`headrace rollout history` lists them");
}

/// Stands in where evidence cannot even be looked for. Written down like any look, so that the time of a step runs out.
class NoEvidence : public EvidenceSource {
 public:
  explicit NoEvidence(Error reason) : reason_(std::move(reason)) {}
  Result<std::vector<Judgement>> judge(const rollout_events::Applied&, size_t, int64_t) override { return reason_; }

 private:
  Error reason_;
};

int tell_advanced(const RolloutOptions& options, const Result<LoggedRollout>& after) {
  const int told = tell_rollout(options, after);
  const bool is_bad = after.ok() && after->state.status == RolloutStatus::kRolledBack;
  return is_bad ? kExitProblems : told;
}

int advance_without_evidence(const RolloutOptions& options, RolloutDesk& desk, const std::string& id,
                             const Error& reason) {
  NoEvidence none(reason);
  const int told = tell_advanced(options, desk.advance(id, none));
  return told == kExitFine ? report_error(reason) : told;
}

/// Computes what the step needs, asks the judges, and does what is due.
int advance_rollout(const RolloutOptions& options, RolloutDesk& desk) {
  // What was rolled back is not read on, also where a program was killed before it had said so.
  if (const Status followed = desk.follow(); !followed.ok()) return report_error(followed.error());
  const Result<LoggedRollouts> all = desk.rollouts();
  if (!all) return report_error(all.error());
  const Result<LoggedRollout> rollout = named_rollout(*all, options.id);
  if (!rollout.ok() || rollout->state.is_over()) return tell_rollout(options, rollout);

  const OpenedProject project = open_project(options.place.project, options.sources);
  if (!project.session)
    return advance_without_evidence(options, desk, rollout->id, Error::data("the definitions here cannot be used"));
  const Session& now = *project.session;
  const Result<RevisionFiles> files = read_definition_files_at(now.folder(), rollout->state.applied.plan.name_before);
  if (!files) return advance_without_evidence(options, desk, rollout->id, files.error());
  const std::optional<Session> before = session_of_revision(files->files, now.folder());
  if (!before) {
    return advance_without_evidence(options, desk, rollout->id,
                                    Error::data("the definitions that readers have cannot be used any more"));
  }

  JobProgress progress;
  const StopOnInterrupt guard(progress);
  const ProgressBar bar(progress, options.quiet);
  const Result<RunOptions> run = read_run_options(options.run);
  if (!run) return report_error(run.error());
  StoredEvidence evidence(before->repository(), now, *run, progress);
  return tell_advanced(options, desk.advance(rollout->id, evidence));
}

int show_history(const RolloutOptions& options, const LoggedRollouts& all) {
  if (options.format == "json") {
    for (const LoggedRollout& each : all.rollouts) write_out(to_json(each) + "\n");
  } else {
    write_out(printable(history_text(all)));
  }
  return kExitFine;
}

std::optional<RolloutAction> action_of_verb(const std::string& verb) {
  if (verb == "approve") return RolloutAction(rollout_events::Approved{});
  if (verb == "pause") return RolloutAction(rollout_events::Paused{});
  if (verb == "resume") return RolloutAction(rollout_events::Resumed{});
  if (verb == "abort") return RolloutAction(rollout_events::Aborted{});
  return std::nullopt;
}

int run_rollout(const RolloutOptions& options) {
  // The folder alone: with definitions that cannot be read, abort is wanted all the more.
  const Result<std::string> folder = project_folder(options.place.project);
  if (!folder) return report_error(folder.error());
  Result<OpenedRollouts> opened = OpenedRollouts::open(options.place, *folder);
  if (!opened) return report_error(opened.error());
  RolloutDesk& desk = opened->desk();

  if (options.verb == "advance") return advance_rollout(options, desk);
  if (std::optional<RolloutAction> action = action_of_verb(options.verb)) {
    if (options.reason.empty()) {
      return report_error(Error::usage("`rollout " + options.verb + "` has no reason")
                              .with_help("say why with --reason: it is written down"));
    }
    return tell_rollout(options, desk.ask(options.id, *std::move(action), options.reason));
  }
  const Result<LoggedRollouts> all = desk.rollouts();
  if (!all) return report_error(all.error());
  if (options.verb == "history") return show_history(options, *all);
  return tell_rollout(options, named_rollout(*all, options.id));
}

}  // namespace

void add_rollout_command(CommandLine& line) {
  const auto options = std::make_shared<RolloutOptions>();
  CLI::App& command = line.add_command(
      {.name = "rollout",
       .summary = "See a rollout, let it go on, approve, pause or abort it",
       .description =
           "status: how it stands. advance: looks at the evidence once and does what is due; for a schedule, "
           "which ends with 1 where that was a rollback. explain: each step with who, why and on what evidence. "
           "history: all rollouts of the environment. approve, pause, resume, abort: with a reason. Without an ID "
           "the one under way is meant.",
       .examples = {{"headrace rollout status", "Where it stands and what holds it."},
                    {"headrace rollout advance", "For cron, Airflow or CI."},
                    {"headrace rollout abort --reason 'wrong units'", "Readers see the old version at once."},
                    {"headrace rollout explain 3f2a91c04d", "Everything that was decided, and on what."}}},
      [options] { return run_rollout(*options); });
  command.add_option("verb", options->verb, "What to do")
      ->required()
      ->check(CLI::IsMember({"status", "advance", "explain", "history", "approve", "pause", "resume", "abort"}));
  command.add_option("id", options->id, "Which rollout; else the one under way");
  add_rollout_place_options(command, options->place);
  command.add_option("--reason", options->reason, "Why, for those who read the history")->type_name("TEXT");
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  add_source_option(command, options->sources);
  add_run_options(command, options->run);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
