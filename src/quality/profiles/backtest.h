#pragma once

/// What checks would have said of each past day, by the days' profiles.
///
/// completeness and not_null as they are; range without min_fraction by the extremes; allowed_values where a day keeps all
/// its values; drift each day by itself, against the days before it. Of others a profile says nothing.
///
/// Pure functions.

#include "language/definitions/quality_check.h"
#include "quality/profiles/suggested_checks.h"

namespace headrace {

struct BacktestedCheck {
  int64_t days = 0;             // that could be looked at
  std::vector<int64_t> raised;  // those on which it would not have held, oldest first
  std::string reason;           // why it was not looked at; else empty
};

/// Of the newest `days_max` days. The days before them serve as references.
BacktestedCheck backtest_check(const QualityCheck& check, const ProfiledDays& days, int64_t days_max);

}  // namespace headrace
