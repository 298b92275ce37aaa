#pragma once

/// How far back of an instant the events lie that a feature's value there follows from. Private to codegen/sql.

#include "plan/plan.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace headrace::sql {

/// By source of the plan, in microseconds; nothing where every event before the instant can matter: windows of the last
/// events, sessions, `lifetime`, and means by time, whose first value began to hold at whatever time.
using Reach = std::map<size_t, std::optional<int64_t>>;

/// Of each feature of the plan, with the features that it uses.
std::vector<Reach> reaches_of(const Plan& plan);

/// Of all the features together, at instants of their driving sources.
Reach reach_of_all(const Plan& plan, const std::vector<Reach>& reaches, const std::vector<size_t>& features);

}  // namespace headrace::sql
