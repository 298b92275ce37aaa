#pragma once

/// Holds the quality checks of a source against its rows.
///
///   SourceChecks checks(plan, source);             // open the source for checks.request()
///   checks.look(batch);                            // each batch of each unit, in order of arrival
///   std::vector<CheckResult> results = checks.results(now_us);
///
/// Looked at is every row as the files have it: rows that a later one of the same `id` replaces are among them. What
/// cannot be read of a row is null there.
///
///   range, allowed_values     non-null values of the column; those that do not fit
///   not_null, completeness    all rows; those without a value
///   unique                    non-null values; those that occurred before. With `id`, the rows of one event are one
///   expression                rows for which the formula is not null; those for which it is false
///   volume                    stretches of time between the first and the last event, aligned to 1970; of the first and
///                             the last, which may be cut off, the lower end is not asked. Without `per`: all rows, once
///   freshness                 the newest event
///
/// Not thread-safe.

#include "engine/source.h"
#include "plan/plan.h"
#include "quality/report.h"

#include <memory>
#include <string>
#include <vector>

namespace headrace {

class SourceChecks {
 public:
  /// REQUIRES: the plan outlives this object.
  SourceChecks(const Plan& plan, const PlanSource& source);
  ~SourceChecks();

  /// The columns that the checks look at.
  const SourceRequest& request() const;
  void look(const Batch& batch);
  /// `now_us` is what ages are measured to.
  std::vector<CheckResult> results(int64_t now_us) const;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

/// What the verdicts on a source follow from besides its rows, as a digest. `rows` says which rows they are.
std::string source_checks_digest(const PlanSource& source, std::string_view rows);

/// Whether a check of the source asks for the age of events: its verdict changes without a change of files.
bool depends_on_now(const PlanSource& source);

}  // namespace headrace
