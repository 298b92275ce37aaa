#pragma once

/// How far back events matter: what a run for late instants need not read, and what a stream need not keep.

#include "plan/plan.h"

#include <optional>
#include <vector>

namespace headrace {

/// For each source of the plan: an event of it that lies more than this before an instant has no part in the values of
/// the features at that instant. Zero where no value reads the source; nothing where an event may matter for ever
/// (lifetime, last: N, sessions, time-weighted means).
std::vector<std::optional<Duration>> reach_of_sources(const Plan& plan, const std::vector<size_t>& features);

/// For each feature of the plan: whether an event may matter to it for ever, itself or through a feature that it uses.
std::vector<bool> features_for_ever(const Plan& plan);

}  // namespace headrace
