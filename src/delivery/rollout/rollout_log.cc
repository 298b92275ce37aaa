#include "delivery/rollout/rollout_log.h"

#include "base/overloaded.h"
#include "base/printable_text.h"
#include "data/json/json_node.h"
#include "delivery/rollout/rollout_json.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {

using rollout_events::Aborted;
using rollout_events::Applied;
using rollout_events::Approved;
using rollout_events::Judged;
using rollout_events::Paused;
using rollout_events::Resumed;

namespace {

std::string payload_of(const RolloutAction& action) {
  return std::visit(Overloaded{[](const Applied& applied) { return json_document(applied); },
                               [](const Judged& judged) { return json_document(judged); },
                               [](const auto&) { return std::string("{}"); }},
                    action);
}

template <typename T>
Result<T> payload_as(const ControlEvent& event) {
  const auto document = JsonDocument::parse(event.payload);
  std::string problem = "is no JSON";
  if (document) {
    std::optional<T> read = read_json<T>(document->root(), problem);
    if (read) return *std::move(read);
  }
  return Error::data(
             fmt::format("event {} of the control log, `{}`: {}", event.sequence, printable(event.kind), problem))
      .with_help("use the version of headrace that wrote it");
}

Result<RolloutAction> action_of(const ControlEvent& event) {
  if (event.kind == "applied") {
    ASSIGN_OR_RETURN(Applied applied, payload_as<Applied>(event));
    return RolloutAction(std::move(applied));
  }
  if (event.kind == "judged") {
    ASSIGN_OR_RETURN(Judged judged, payload_as<Judged>(event));
    return RolloutAction(std::move(judged));
  }
  for (const RolloutAction& plain :
       {RolloutAction(Approved{}), RolloutAction(Paused{}), RolloutAction(Resumed{}), RolloutAction(Aborted{})}) {
    if (event.kind == kind_of(plain)) return plain;
  }
  return Error::data(fmt::format("event {} of the control log is `{}`, which this program does not know",
                                 event.sequence, printable(event.kind)))
      .with_help("use the version of headrace that wrote it");
}

}  // namespace

const LoggedRollout* LoggedRollouts::find(const std::string& id) const {
  const auto found = std::ranges::find(rollouts, id, &LoggedRollout::id);
  return found == rollouts.end() ? nullptr : &*found;
}

const LoggedRollout* LoggedRollouts::active() const {
  const auto found = std::ranges::find_if(rollouts, [](const LoggedRollout& each) { return !each.state.is_over(); });
  return found == rollouts.end() ? nullptr : &*found;
}

ControlEvent to_control_event(const std::string& id, const RolloutEvent& event, const std::string& key) {
  return {.at = event.at,
          .actor = event.actor,
          .reason = event.reason,
          .subject = id,
          .kind = std::string(kind_of(event.action)),
          .payload = payload_of(event.action),
          .key = key};
}

Result<RolloutEvent> to_rollout_event(const ControlEvent& event) {
  ASSIGN_OR_RETURN(RolloutAction action, action_of(event));
  return RolloutEvent{event.sequence, event.at, event.actor, event.reason, std::move(action)};
}

Result<LoggedRollouts> read_rollouts(ControlLog& log) {
  LoggedRollouts out;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ControlEvent> events, log.read(out.last, kControlEventsMax));
    if (events.empty()) return out;
    for (const ControlEvent& stored : events) {
      ASSIGN_OR_RETURN(const RolloutEvent event, to_rollout_event(stored));
      auto found = std::ranges::find(out.rollouts, stored.subject, &LoggedRollout::id);
      if (found == out.rollouts.end()) found = out.rollouts.insert(found, {.id = stored.subject, .state = {}});
      found->state = step(std::move(found->state), event).state;
      if (found->state.status == RolloutStatus::kDone) out.digest = found->state.applied.plan.digest_now;
      out.last = stored.sequence;
    }
  }
}

namespace {

/// How it stands, for machines.
struct RolloutReport {
  std::string id;
  RolloutStatus status = RolloutStatus::kNone;
  std::string step;
  double share = 0;
  std::string applied_by;
  EventTime applied_at;
  std::string approved_by;
  std::string held_by;
  RolloutPlan plan;
  std::vector<RolloutStep> steps;
  std::vector<Judgement> evidence;
  std::vector<RolloutTransition> history;
};

template <typename Fields>
void describe(Fields& fields, const RolloutReport*) {
  fields.name("rollout", "how a rollout stands");
  fields.constant("format_version", 1);
  fields.required("id", &RolloutReport::id);
  fields.required("status", &RolloutReport::status);
  fields.required("step", &RolloutReport::step);
  fields.required("share", &RolloutReport::share, {.text = "of the entities, read from the new version"});
  fields.required("applied_by", &RolloutReport::applied_by);
  fields.required("applied_at", &RolloutReport::applied_at);
  fields.optional("approved_by", &RolloutReport::approved_by);
  fields.optional("held_by", &RolloutReport::held_by, {.text = "why it does not go on"});
  fields.required("plan", &RolloutReport::plan);
  fields.required("steps", &RolloutReport::steps);
  fields.required("evidence", &RolloutReport::evidence, {.text = "the newest of the present step"});
  fields.required("history", &RolloutReport::history);
}

}  // namespace

std::string to_json(const LoggedRollout& rollout) {
  const RolloutState& state = rollout.state;
  return json_document(RolloutReport{.id = rollout.id,
                                     .status = state.status,
                                     .step = to_string(state.present()),
                                     .share = state.share(),
                                     .applied_by = state.applied_by,
                                     .applied_at = state.applied_at,
                                     .approved_by = state.approved_by,
                                     .held_by = state.held_by,
                                     .plan = state.applied.plan,
                                     .steps = state.applied.steps,
                                     .evidence = state.evidence,
                                     .history = state.history});
}

}  // namespace headrace
