#pragma once

/// Evidence out of what is stored: old and new values of every entity, computed side by side in one pass over the
/// sources' files, and looked at by judges.
///
/// Both versions are computed for all entities in every step, whoever sees which: what readers of a small share see is
/// judged by what all entities would. So a step has the evidence of the whole, and a canary adds what only
/// readers can tell.
///
/// What is held against what follows from the kind of change. Features that keep their values: equality, by entity and
/// stretch of time as long as a window reaches back. Features whose values change: what `expected_change` says of mean and
/// nulls, by entity. Values are clipped to the 0.001 and 0.999 quantiles of the old ones, which the change does not touch. A
/// feature that changes without `expected_change` is held against nothing, and nothing passes.

#include "delivery/rollout/rollout_desk.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/run_options.h"

namespace headrace {

/// So many rows of an entity's table are looked at, the newest of them.
inline constexpr int64_t kEvidenceRowsMax = 4'000'000;

class StoredEvidence : public EvidenceSource {
 public:
  /// `before` and `now` are free of errors and, with the progress, outlive it.
  StoredEvidence(const Repository& before, const Session& now, RunOptions options, JobProgress& progress)
      : before_(before), now_(now), options_(options), progress_(progress) {}

  Result<std::vector<Judgement>> judge(const rollout_events::Applied& applied, size_t step, int64_t look) override;

  /// Entities that there are, of the entity with the most of them.
  Result<int64_t> entities(const rollout_events::Applied& applied);
  /// Which features no judge could pass by what is stored, with what is missing; empty: all can be decided.
  Result<std::vector<std::string>> undecidable(const rollout_events::Applied& applied);

 private:
  struct FeatureEvidence;
  Result<std::vector<FeatureEvidence>> gather(const rollout_events::Applied& applied);

  const Repository& before_;
  const Session& now_;
  RunOptions options_;
  JobProgress& progress_;
};

}  // namespace headrace
