#pragma once

/// Quality checks that a feature's days would have kept: what to begin with, not what is right.
///
///   not_null        no null in a hundred rows or more
///   completeness    else: the worst day's share of values, less 2 %, rounded down
///   range           the middle half of the values, widened to either side by three times its width and rounded outward; not
///                   below 0 where no value is. With min_fraction 0.99 where single values lie outside
///   allowed_values  texts of which there are at most ten, in a hundred rows or more
///   drift           psi of at most 0.2 against 7 days, from four days on
///
/// Pure functions.

#include "quality/profiles/profile_set.h"

#include <string>
#include <vector>

namespace headrace {

using ProfiledDays = std::vector<std::pair<int64_t, const ValueProfile*>>;

struct SuggestedCheck {
  std::string yaml;      // "{type: not_null}"
  std::string evidence;  // "no null in 4,032 rows of 7 days"
};

std::vector<SuggestedCheck> suggest_checks(const ProfiledDays& days);

/// All days as one; nothing for none. Days with other bins than the newest are left out.
std::optional<ValueProfile> merged_days(const ProfiledDays& days);

}  // namespace headrace
