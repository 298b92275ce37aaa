#pragma once

/// Rollouts out of the events of a control log, and into it.

#include "control_store/control_log.h"
#include "delivery/rollout/rollout_state.h"

#include <string>
#include <vector>

namespace headrace {

struct LoggedRollout {
  std::string id;
  RolloutState state;
};

/// What an environment's control log says.
struct LoggedRollouts {
  std::vector<LoggedRollout> rollouts;  // in the order in which they were applied
  int64_t last = 0;                     // the sequence of the last event of the log
  std::string digest;                   // of the definitions that readers have; empty: nothing was rolled out yet

  const LoggedRollout* find(const std::string& id) const;
  /// The one that is not over; null: there is none.
  const LoggedRollout* active() const;
};

/// An event in the form of the log. Its sequence is given there.
ControlEvent to_control_event(const std::string& id, const RolloutEvent& event, const std::string& key);

/// An Error of the data for a payload that cannot be read, or was decided by other rules.
Result<RolloutEvent> to_rollout_event(const ControlEvent& event);

Result<LoggedRollouts> read_rollouts(ControlLog& log);

/// A rollout as it stands, as JSON: its status, steps, and history with all evidence.
std::string to_json(const LoggedRollout& rollout);

}  // namespace headrace
