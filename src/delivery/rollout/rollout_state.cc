#include "delivery/rollout/rollout_state.h"

#include "base/check.h"
#include "base/overloaded.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace headrace {

using rollout_events::Aborted;
using rollout_events::Applied;
using rollout_events::Approved;
using rollout_events::Judged;
using rollout_events::Paused;
using rollout_events::Resumed;

std::string_view kind_of(const RolloutAction& action) {
  return std::visit(Overloaded{[](const Applied&) { return "applied"; }, [](const Judged&) { return "judged"; },
                               [](const Approved&) { return "approved"; }, [](const Paused&) { return "paused"; },
                               [](const Resumed&) { return "resumed"; }, [](const Aborted&) { return "aborted"; }},
                    action);
}

std::string_view to_string(RolloutStatus status) {
  switch (status) {
    case RolloutStatus::kNone: return "none";
    case RolloutStatus::kRunning: return "running";
    case RolloutStatus::kWaiting: return "waiting for approval";
    case RolloutStatus::kPaused: return "paused";
    case RolloutStatus::kDone: return "done";
    case RolloutStatus::kRolledBack: return "rolled back";
  }
  return {};
}

std::string_view to_string(RolloutCommandKind kind) {
  switch (kind) {
    case RolloutCommandKind::kComputeBoth: return "compute both";
    case RolloutCommandKind::kShow: return "show";
    case RolloutCommandKind::kShowOld: return "show old";
    case RolloutCommandKind::kDropNew: return "drop new";
    case RolloutCommandKind::kDropOld: return "drop old";
  }
  return {};
}

double RolloutState::share() const {
  switch (status) {
    case RolloutStatus::kNone:
    case RolloutStatus::kRolledBack: return 0;
    case RolloutStatus::kDone: return 1;
    case RolloutStatus::kRunning:
    case RolloutStatus::kWaiting:
    case RolloutStatus::kPaused: return present().share;
  }
  return 0;
}

namespace {

/// A word as it counts: a pass that rests on nothing is none.
Judgement as_it_counts(const Applied& applied, Judgement word) {
  const auto no_pass = [&](JudgeOutcome outcome, std::string reason) {
    word.outcome = outcome;
    word.reason = std::move(reason);
  };
  if (word.outcome != JudgeOutcome::kPass) return word;
  if (std::isnan(word.statistic)) no_pass(JudgeOutcome::kError, "its statistic is no number");
  if (word.feature.empty()) return word;  // of the whole set: a guard, or all judges together
  if (word.units <= 0 || word.units < word.units_required) {
    no_pass(JudgeOutcome::kInconclusive, fmt::format("{} of {} units", word.units, word.units_required));
  } else if (word.entities < std::min(applied.min_entities, applied.entities)) {
    no_pass(JudgeOutcome::kInconclusive,
            fmt::format("{} of at least {} entities", word.entities, applied.min_entities));
  }
  return word;
}

std::string named(const Judgement& word) {
  const std::string who = word.feature.empty() ? word.judge : word.judge + " of `" + word.feature + "`";
  return word.reason.empty() ? who : who + ": " + word.reason;
}

/// One event's way through the rules.
class Step {
 public:
  Step(RolloutState& state, const RolloutEvent& event) : state_(state), event_(event) {}

  std::vector<RolloutCommand> run() {
    state_.sequence = event_.sequence;
    if (!refusal_before_) std::visit([this](const auto& action) { take(action); }, event_.action);
    return std::move(commands_);
  }

 private:
  void take(const Applied& applied) {
    state_.applied = applied;
    state_.applied_by = event_.actor;
    state_.applied_at = state_.step_began = event_.at;
    state_.step = 0;
    state_.status = RolloutStatus::kRunning;
    note("none", to_string(state_.present()), event_.reason, {});
    command(RolloutCommandKind::kComputeBoth);
  }

  void take(const Judged& judged) {
    const StepVerdict verdict = verdict_of(state_.applied, judged.judgements);
    if (verdict.outcome == JudgeOutcome::kFail && judged.step <= state_.step)
      return roll_back(verdict.reason, judged.judgements);
    if (judged.step != state_.step) return;

    state_.evidence = judged.judgements;
    state_.held_by = verdict.outcome == JudgeOutcome::kPass ? std::string() : verdict.reason;
    if (state_.status == RolloutStatus::kPaused) return;

    const int64_t lasted_us = event_.at.us - state_.step_began.us;
    const RolloutStep& present = state_.present();
    const bool has_lasted = lasted_us >= present.at_least_s * kMicrosPerSecond;
    if (verdict.outcome == JudgeOutcome::kPass && has_lasted && state_.status == RolloutStatus::kRunning)
      return go_on(judged.judgements);
    if (lasted_us >= present.at_most_s * kMicrosPerSecond) {
      const std::string why = state_.status == RolloutStatus::kWaiting ? "nobody approved" : verdict.reason;
      return roll_back(fmt::format("no pass in the time of the step: {}", why.empty() ? "it did not last" : why),
                       judged.judgements);
    }
    if (verdict.outcome == JudgeOutcome::kPass && !has_lasted) state_.held_by = "the step has not lasted long enough";
  }

  void take(const Approved&) {
    state_.approved_by = event_.actor;
    state_.status = RolloutStatus::kRunning;
    // Evidence may have come since it began to wait, and it goes on by the newest.
    if (verdict_of(state_.applied, state_.evidence).outcome == JudgeOutcome::kPass)
      return enter_next(event_.reason, state_.evidence);
    note("waiting for approval", to_string(state_.present()), event_.reason, state_.evidence);
  }

  void take(const Paused&) {
    state_.was_waiting = state_.status == RolloutStatus::kWaiting;
    state_.paused_at = event_.at;
    change_status(RolloutStatus::kPaused);
  }

  void take(const Resumed&) {
    state_.step_began.us += event_.at.us - state_.paused_at.us;
    change_status(state_.was_waiting ? RolloutStatus::kWaiting : RolloutStatus::kRunning);
  }

  void take(const Aborted&) { roll_back(event_.reason, {}); }

  /// The present step passed.
  void go_on(const std::vector<Judgement>& evidence) {
    if (state_.step + 1 == state_.applied.steps.size()) {
      note(to_string(state_.present()), "done", "every judge passed it", evidence, 1);
      state_.status = RolloutStatus::kDone;
      return command(RolloutCommandKind::kDropOld);
    }
    const bool is_shown_next = state_.present().share == 0 && state_.applied.steps[state_.step + 1].share > 0;
    if (state_.applied.is_critical && is_shown_next && state_.approved_by.empty()) {
      note(to_string(state_.present()), "waiting for approval", "it is critical", evidence);
      state_.status = RolloutStatus::kWaiting;
      state_.step_began = event_.at;
      return;
    }
    enter_next("every judge passed it", evidence);
  }

  void enter_next(const std::string& reason, const std::vector<Judgement>& evidence) {
    const std::string from = to_string(state_.present());
    const double share = state_.present().share;
    ++state_.step;
    state_.step_began = event_.at;
    state_.held_by.clear();
    note(from, to_string(state_.present()), reason, evidence);
    state_.evidence.clear();
    if (state_.present().share != share) command(RolloutCommandKind::kShow, state_.present().share);
  }

  void roll_back(const std::string& reason, const std::vector<Judgement>& evidence) {
    note(to_string(state_.present()), "rolled back", reason, evidence, 0);
    const bool was_shown = state_.share() > 0;
    state_.status = RolloutStatus::kRolledBack;
    state_.evidence = evidence;
    state_.held_by.clear();
    if (was_shown) command(RolloutCommandKind::kShowOld);
    command(RolloutCommandKind::kDropNew);
  }

  void change_status(RolloutStatus status) {
    note(std::string(to_string(state_.status)), std::string(to_string(status)), event_.reason, {});
    state_.status = status;
  }

  void note(std::string from, std::string to, std::string reason, const std::vector<Judgement>& evidence,
            std::optional<double> share = {}) {
    state_.history.push_back({.sequence = event_.sequence,
                              .at = event_.at,
                              .actor = event_.actor,
                              .reason = std::move(reason),
                              .from = std::move(from),
                              .to = std::move(to),
                              .evidence = evidence,
                              .share = share ? *share : state_.present().share});
  }

  void command(RolloutCommandKind kind, double share = 0) {
    commands_.push_back({fmt::format("{}.{}", event_.sequence, commands_.size()), kind, share});
  }

  RolloutState& state_;
  const RolloutEvent& event_;
  const bool refusal_before_ = refusal(state_, event_).has_value();
  std::vector<RolloutCommand> commands_;
};

std::optional<std::string> refusal_of_plan(const Applied& applied) {
  const bool has_steps = !applied.steps.empty() && applied.steps.back().share == 1;
  const bool rises = std::is_sorted(applied.steps.begin(), applied.steps.end(),
                                    [](const RolloutStep& a, const RolloutStep& b) { return a.share < b.share; });
  if (!has_steps || !rises) return "its steps do not lead to all entities";
  return std::nullopt;
}

}  // namespace

StepVerdict verdict_of(const Applied& applied, const std::vector<Judgement>& judgements) {
  if (judgements.empty()) return {JudgeOutcome::kInconclusive, "there is no evidence"};
  StepVerdict verdict{JudgeOutcome::kPass, {}};
  std::vector<std::string> passed;
  for (const Judgement& each : judgements) {
    const Judgement word = as_it_counts(applied, each);
    if (word.outcome == JudgeOutcome::kPass) passed.push_back(word.feature);
    if (word.outcome > verdict.outcome) verdict = {word.outcome, named(word)};
  }
  if (verdict.outcome != JudgeOutcome::kPass) return verdict;

  for (const RolloutFeature& feature : applied.plan.features) {
    if (!RolloutPlan::is_compared(feature)) continue;
    if (std::find(passed.begin(), passed.end(), feature.feature) == passed.end())
      return {JudgeOutcome::kInconclusive, "no judge has looked at `" + feature.feature + "`"};
  }
  return verdict;
}

std::optional<std::string> refusal(const RolloutState& state, const RolloutEvent& event) {
  if (const auto* applied = std::get_if<Applied>(&event.action))
    return state.status == RolloutStatus::kNone ? refusal_of_plan(*applied) : "it was applied before";
  if (state.status == RolloutStatus::kNone) return "there is no such rollout";
  if (state.is_over()) return fmt::format("it is {}", to_string(state.status));
  if (std::holds_alternative<Approved>(event.action)) {
    if (state.status != RolloutStatus::kWaiting) return "it does not wait for approval";
    if (event.actor == state.applied_by) return "who applied it cannot approve it";
  }
  if (std::holds_alternative<Paused>(event.action) && state.status == RolloutStatus::kPaused) return "it is paused";
  if (std::holds_alternative<Resumed>(event.action) && state.status != RolloutStatus::kPaused)
    return "it is not paused";
  return std::nullopt;
}

RolloutOutcome step(RolloutState state, const RolloutEvent& event) {
  RolloutOutcome outcome{std::move(state), {}};
  outcome.commands = Step(outcome.state, event).run();
  return outcome;
}

}  // namespace headrace
