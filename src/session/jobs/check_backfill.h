#pragma once

/// What must be true of a backfill before anything is opened: that it asks for something, and that what it writes spoils
/// nothing that is read.

#include "session/jobs/backfill_job.h"

namespace headrace {

/// Whether rows go into an offline store, not onto a stream or nowhere.
inline bool stores_rows(const BackfillJob& job) { return job.rows_out == nullptr && job.output != kNullOutput; }

Status check_backfill(const Session& session, const BackfillJob& job);

}  // namespace headrace
