#pragma once

/// What the verdicts on a table follow from besides its rows, as a digest: equal digests over equal rows, equal
/// verdicts.

#include "quality/check_inputs.h"

#include <string>

namespace headrace {

/// Of the checks of the features asked for, in order: names, severities, parameters and the meaning of formulas. `rows`
/// says which rows they are held against, and is part of the digest.
/// REQUIRES: `checked` is of add_checks(plan, repository, ..).
std::string checks_digest(const Plan& plan, const Repository& repository, const CheckedRequest& checked,
                          std::string_view rows);

}  // namespace headrace
