#pragma once

/// What happens to a rollout: what people ask for, and what judges say. Values; any thread may read them.

#include "data/time.h"
#include "delivery/judges/judgement.h"
#include "delivery/rollout/rollout_plan.h"

#include <string>
#include <variant>
#include <vector>

namespace headrace {

/// Of the rules by which states follow from events (rollout_state.h). A log that was decided by others is not read.
inline constexpr int kRolloutRules = 1;

namespace rollout_events {

/// Somebody wants the plan in front of readers.
struct Applied {
  RolloutPlan plan;
  std::vector<RolloutStep> steps;  // for the entities that were there (steps_for)
  int64_t min_entities = 30;
  double alpha = 0.01;
  double mismatch_max = 1e-4;
  bool is_critical = false;
  int64_t entities = 0;
  std::string salt;                // of the choice of entities
  std::vector<std::string> panel;  // keys that see every step: the busiest, the newest, odd ones
};
/// A look at the evidence; without judgements: there was none.
struct Judged {
  size_t step = 0;  // that the evidence is of
  std::vector<Judgement> judgements;
};
struct Approved {};
struct Paused {};
struct Resumed {};
struct Aborted {};

}  // namespace rollout_events

using RolloutAction = std::variant<rollout_events::Applied, rollout_events::Judged, rollout_events::Approved,
                                   rollout_events::Paused, rollout_events::Resumed, rollout_events::Aborted>;

/// "applied", "judged", "approved", "paused", "resumed", "aborted".
std::string_view kind_of(const RolloutAction& action);

struct RolloutEvent {
  int64_t sequence = 0;  // of the log
  EventTime at;
  std::string actor;
  std::string reason;
  RolloutAction action;
};

}  // namespace headrace
