#pragma once

/// What the verdicts on a table follow from besides its rows, as a digest: equal digests over equal rows, equal
/// verdicts.

#include "plan/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Of the checks of the features asked for, in order: names, severities, parameters and the meaning of formulas. `rows`
/// says which rows they are held against, and is part of the digest.
/// REQUIRES: the plan has nodes for the features' checks.
std::string checks_digest(const Plan& plan, const std::vector<size_t>& features, std::string_view rows);

}  // namespace headrace
