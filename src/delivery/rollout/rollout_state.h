#pragma once

/// A rollout as it stands, and how it goes on: a pure function of what has happened.
///
///   RolloutState state;
///   for (const RolloutEvent& event : events) state = step(state, event).state;
///
/// No clock and no I/O: the time of an event is the time at which it is decided. The same events give the same state,
/// wherever a program was killed in between. What has to be done in the world follows from the state alone
/// (serving_pointer.h), so doing it twice is doing it once; commands say what became due by an event.
///
/// The rules:
///   (1) A step passes when every compared feature has a pass, none of the words on it is worse, it has lasted at least as long
///       as it must, and it is not paused. FAIL > ERROR > INCONCLUSIVE > PASS.
///   (2) No data is never a pass. A pass without its evidence (units, entities, a statistic that is a number) is none.
///   (3) A FAIL rolls back at once, also while paused or waiting for approval. What does not pass holds, and is rolled
///       back when the step's time is over. Time in a pause does not count.
///   (4) Evidence of another step than the present one changes nothing, but a FAIL of an earlier one.
///   (5) A critical change waits before the first step in which readers see new values, until somebody else than who
///       applied it approves.
///   (6) What is over stays over, and after a rollback began no reader's share rises again.

#include "delivery/rollout/rollout_event.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

enum class RolloutStatus { kNone, kRunning, kWaiting, kPaused, kDone, kRolledBack };
/// "none", "running", "waiting for approval", "paused", "done", "rolled back".
std::string_view to_string(RolloutStatus status);

/// From one step or status to another, and why.
struct RolloutTransition {
  int64_t sequence = 0;  // of the event that brought it about
  EventTime at;
  std::string actor;
  std::string reason;
  std::string from, to;             // "canary 1 %", "paused", "rolled back"
  std::vector<Judgement> evidence;  // empty where a person decided
  double share = 0;                 // of the entities that are read from the new version from then on
};

struct RolloutState {
  RolloutStatus status = RolloutStatus::kNone;
  rollout_events::Applied applied;
  std::string applied_by;
  EventTime applied_at;
  size_t step = 0;                  // the present one
  EventTime step_began;             // without the time of pauses
  EventTime paused_at;              // while paused
  bool was_waiting = false;         // before the pause
  std::string approved_by;          // empty: nobody did
  std::vector<Judgement> evidence;  // the newest of the present step
  std::string held_by;              // why it does not go on, for people; empty: nothing does
  std::vector<RolloutTransition> history;
  int64_t sequence = 0;  // of the last event

  bool is_over() const { return status == RolloutStatus::kDone || status == RolloutStatus::kRolledBack; }
  /// Of the entities, read from the new version.
  double share() const;
  const RolloutStep& present() const { return applied.steps[step]; }
};

enum class RolloutCommandKind {
  kComputeBoth,  // old and new side by side
  kShow,         // the share of entities changed: readers see the new version for these
  kShowOld,      // nobody sees the new version any more
  kDropNew,      // what was computed of the new version may go
  kDropOld,      // likewise of the old one, which is no rollback target any more
};
/// "compute both", "show", "show old", "drop new", "drop old".
std::string_view to_string(RolloutCommandKind kind);

struct RolloutCommand {
  std::string id;  // of the event and its place: "17.0"; the same command has the same id
  RolloutCommandKind kind = RolloutCommandKind::kComputeBoth;
  double share = 0;
};

struct RolloutOutcome {
  RolloutState state;
  std::vector<RolloutCommand> commands;
};

/// What an event makes of a state. An event that is not for the state changes nothing but the sequence (refusal() tells why).
RolloutOutcome step(RolloutState state, const RolloutEvent& event);

/// Why what a person asks for is not for this state; nothing: it is. Ask before the event is written.
std::optional<std::string> refusal(const RolloutState& state, const RolloutEvent& event);

/// The judgements as one word on the step, with its reason: rules (1) and (2).
struct StepVerdict {
  JudgeOutcome outcome = JudgeOutcome::kInconclusive;
  std::string reason;
};
StepVerdict verdict_of(const rollout_events::Applied& applied, const std::vector<Judgement>& judgements);

}  // namespace headrace
