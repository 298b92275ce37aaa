#pragma once

/// Ctrl-C during a job: the job is asked to stop, takes back what it began, and tells what is left.
///
///   JobProgress progress;
///   const StopOnInterrupt guard(progress);
///   const Result<BackfillReport> report = run_backfill(session, job, progress);
///   if (!report) return report_job_error(report.error());
///
/// A second Ctrl-C ends the program at once, as a killed run does: the next one takes up what is left.

#include "base/result.h"
#include "session/job_progress.h"

namespace headrace {

/// Catches SIGINT while it lives. One at a time; made and destroyed by the main thread. REQUIRES: the progress outlives it.
class StopOnInterrupt {
 public:
  explicit StopOnInterrupt(JobProgress& progress);
  ~StopOnInterrupt();
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
};

/// Tells the error of a job, or that it was interrupted and what is left; gives the exit code.
int report_job_error(const Error& error);

}  // namespace headrace
