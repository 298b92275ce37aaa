#include "delivery/rollout/rollout_desk.h"

#include "base/printable_text.h"
#include "delivery/rollout/serving_pointer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headrace {

using rollout_events::Applied;
using rollout_events::Judged;

namespace {

constexpr Duration kLease{30 * kMicrosPerSecond};
constexpr size_t kIdDigits = 10;

/// A judgement as the log can keep it: a statistic that is no number is an error, an endless one a very large one.
Judgement kept(Judgement word) {
  constexpr double kLargest = 1e300;
  if (std::isnan(word.statistic) || std::isnan(word.bound)) {
    word.outcome = std::max(word.outcome, JudgeOutcome::kError);
    word.reason = "its statistic is no number";
  }
  for (double* number : {&word.statistic, &word.bound})
    *number = std::isnan(*number) ? 0 : std::clamp(*number, -kLargest, kLargest);
  return word;
}

}  // namespace

Result<LoggedRollout> RolloutDesk::find(const LoggedRollouts& all, const std::string& id) const {
  const LoggedRollout* found = id.empty() ? all.active() : all.find(id);
  if (found != nullptr) return *found;
  if (id.empty()) return Error::not_found("no rollout is under way").with_help("`headrace apply` begins one");
  return Error::not_found(fmt::format("there is no rollout `{}`", printable(id)))
      .with_help("`headrace rollout history` lists them");
}

Status RolloutDesk::follow() {
  const Result<LoggedRollouts> all = followed();
  return all ? Status{} : Status{all.error()};
}

Result<LoggedRollouts> RolloutDesk::followed() {
  ASSIGN_OR_RETURN(LoggedRollouts all, read_rollouts(log_));
  if (all.rollouts.empty()) return all;
  ASSIGN_OR_RETURN(std::optional<ServingPointer> there, read_serving_pointer(files_, pointer_path_));
  if (there && there->sequence >= all.last) return all;

  // Another program may be between its event and the pointer: once the lock and the lease are had, none is.
  ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock_held, lock());
  ASSIGN_OR_RETURN(const ControlLease lease, log_.acquire(actor_, {clock_.now_us()}, kLease));
  const Status written = [&]() -> Status {
    ASSIGN_OR_RETURN(all, read_rollouts(log_));
    ASSIGN_OR_RETURN(there, read_serving_pointer(files_, pointer_path_));
    if (there && there->sequence >= all.last) return {};
    const auto newest =
        std::ranges::max_element(all.rollouts, {}, [](const auto& each) { return each.state.sequence; });
    return write_serving_pointer(files_, pointer_path_, pointer_of(newest->id, newest->state, lease.token));
  }();
  RETURN_IF_ERROR(log_.release(lease));
  if (!written.ok()) return written.error();
  return all;
}

Result<LoggedRollout> RolloutDesk::write(const LoggedRollouts& all, const std::string& id, RolloutEvent event,
                                         const std::string& key) {
  // The pointer's file takes the larger token, so the lease comes first and is given back last.
  ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock_held, lock());
  ASSIGN_OR_RETURN(const ControlLease lease, log_.acquire(actor_, event.at, kLease));
  const Result<AppendedEvents> appended = log_.append(all.last, lease.token, {to_control_event(id, event, key)});
  const Status followed = [&]() -> Status {
    if (!appended.ok()) return appended.error();
    ASSIGN_OR_RETURN(const LoggedRollouts now, read_rollouts(log_));
    return write_serving_pointer(files_, pointer_path_, pointer_of(id, now.find(id)->state, lease.token));
  }();
  RETURN_IF_ERROR(log_.release(lease));
  if (!followed.ok()) return followed.error();
  ASSIGN_OR_RETURN(const LoggedRollouts now, read_rollouts(log_));
  return *now.find(id);
}

Result<LoggedRollout> RolloutDesk::apply(Applied applied, const std::string& reason, bool again) {
  ASSIGN_OR_RETURN(const LoggedRollouts all, followed());
  const std::string base = applied.plan.digest.substr(0, kIdDigits);
  int64_t attempts = 0;
  for (const LoggedRollout& each : all.rollouts) {
    if (each.state.applied.plan.digest != applied.plan.digest) continue;
    ++attempts;
    if (each.state.status != RolloutStatus::kRolledBack) return each;
    if (!again && &each == &all.rollouts.back()) {
      return Error::conflict(fmt::format("this plan was rolled back before: {}", each.state.history.back().reason))
          .with_help("change the definitions, or ask for the same once more");
    }
  }
  if (const LoggedRollout* active = all.active()) {
    return Error::conflict(fmt::format("rollout {} is {}", active->id, to_string(active->state.status)))
        .with_help("let it end, or abort it: headrace rollout abort");
  }
  if (!all.digest.empty() && all.digest != applied.plan.digest_before) {
    return Error::conflict(fmt::format("readers have the definitions {}, and the plan begins with {}",
                                       all.digest.substr(0, kIdDigits),
                                       applied.plan.digest_before.substr(0, kIdDigits)))
        .with_help("plan anew against what was rolled out last");
  }

  const std::string id = attempts == 0 ? base : fmt::format("{}-{}", base, attempts + 1);
  RolloutEvent event{all.last + 1, {clock_.now_us()}, actor_, reason, std::move(applied)};
  if (const auto why = refusal({}, event)) return Error::usage("the rollout cannot begin: " + *why);
  return write(all, id, std::move(event), "apply/" + id);
}

Result<LoggedRollout> RolloutDesk::ask(const std::string& id, RolloutAction action, const std::string& reason) {
  ASSIGN_OR_RETURN(const LoggedRollouts all, followed());
  ASSIGN_OR_RETURN(const LoggedRollout rollout, find(all, id));
  RolloutEvent event{all.last + 1, {clock_.now_us()}, actor_, reason, std::move(action)};
  if (const auto why = refusal(rollout.state, event))
    return Error::conflict(fmt::format("rollout {} cannot be {}: {}", rollout.id, kind_of(event.action), *why));
  const std::string key = fmt::format("{}/{}/{}", rollout.id, kind_of(event.action), rollout.state.sequence);
  return write(all, rollout.id, std::move(event), key);
}

Result<LoggedRollout> RolloutDesk::advance(const std::string& id, EvidenceSource& evidence) {
  ASSIGN_OR_RETURN(const LoggedRollouts all, followed());
  ASSIGN_OR_RETURN(const LoggedRollout rollout, find(all, id));
  if (rollout.state.is_over()) return rollout;
  ASSIGN_OR_RETURN(const std::vector<ControlEvent> events, log_.read_subject(rollout.id));

  Judged judged{.step = rollout.state.step, .judgements = {}};
  const Result<std::vector<Judgement>> words =
      evidence.judge(rollout.state.applied, judged.step, 1 + std::ranges::count(events, "judged", &ControlEvent::kind));
  if (words.ok()) {
    for (const Judgement& each : *words) judged.judgements.push_back(kept(each));
  } else if (words.error().kind() == ErrorKind::kStopped) {
    return words.error();
  } else {
    judged.judgements.push_back(
        {.judge = "evidence", .outcome = JudgeOutcome::kError, .reason = words.error().message()});
  }
  RolloutEvent event{all.last + 1, {clock_.now_us()}, actor_, "looked at the evidence", std::move(judged)};
  return write(all, rollout.id, std::move(event), fmt::format("{}/judged/{}", rollout.id, rollout.state.sequence));
}

}  // namespace headrace
