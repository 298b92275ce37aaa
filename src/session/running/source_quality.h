#pragma once

/// Holds the quality checks of sources against all rows of their files, whatever range and features a run is about.
///
/// Each source is read once more for this, with the columns that its checks look at. A row or cell that cannot be read
/// is passed over or null: whether that stops a run is the run's own matter.

#include "plan/plan.h"
#include "quality/report.h"
#include "session/job_progress.h"
#include "session/project/session.h"

#include <optional>
#include <vector>

namespace headrace {

struct SourceQualityJob {
  std::vector<size_t> sources;             // of the plan; those without checks are passed over
  std::optional<EventTime> end;            // what ages are measured to, where it is before now
  const QualityReport* earlier = nullptr;  // whose verdicts hold as long as nothing has changed; null: none
};

Result<QualityReport> check_source_rows(const Session& session, const Plan& plan, const SourceQualityJob& job,
                                        JobProgress& progress);

/// The same of all sources of the repository.
Result<QualityReport> check_all_source_rows(const Session& session, JobProgress& progress);

}  // namespace headrace
