#pragma once

/// Looks at result rows on their way to the next sink and holds the quality checks against them.
///
/// Which values a check looks at and what fails:
///   range           non-null values; those outside. Worst: farthest outside
///   completeness    all values; nulls
///   not_null        all values; nulls
///   allowed_values  non-null values; those not in the list
///   unique          non-null values; those that occurred before in the table, whatever their entity
///   monotonic       non-null values; those below the entity's value before
///   expression      rows for which the formula is not null; those for which it is false
/// The worst row of each entity is shown before a second one of any; of equally bad rows, those that come first in the
/// table: by time, then key.
///
/// Memory: `unique` keeps each distinct value up to kUniqueBytesMax a check, `monotonic` a value for each entity. A
/// table with more distinct values is not evaluated past that, unless it has failed already.
///
/// Not thread-safe, as sinks are.

#include "engine/sink.h"
#include "quality/checked_request.h"
#include "quality/report.h"

#include <memory>
#include <vector>

namespace headrace {

class QualitySink : public Sink {
 public:
  static constexpr int64_t kUniqueBytesMax = int64_t{256} << 20;

  /// Takes the columns of with_checks(plan, wanted); `next` gets those of `wanted`, null: nobody does. REQUIRES: the
  /// plan and `next` outlive this object.
  QualitySink(const Plan& plan, const BackfillRequest& wanted, Sink* next);
  ~QualitySink() override;

  Status write(const Batch& batch) override;

  /// The verdicts over all rows so far, in order of features and checks.
  QualityReport report() const;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace headrace
