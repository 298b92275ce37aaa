#pragma once

/// Rollouts for people.

#include "delivery/rollout/rollout_log.h"

#include <string>

namespace headrace {

/// How it stands: its step, what readers see, what it waits for, and what the judges last said.
std::string status_text(const LoggedRollout& rollout);
/// A line a rollout.
std::string history_text(const LoggedRollouts& rollouts);
/// Each transition with who, why, and on what evidence.
std::string explain_text(const LoggedRollout& rollout);

}  // namespace headrace
