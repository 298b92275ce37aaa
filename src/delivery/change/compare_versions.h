#pragma once

/// The values of changed features before and now, computed in one pass over the data that is there.
///
/// Over a sample of the keys and the newest days: every instant at which the features of an entity have an event. What is
/// read is the place of each source as it is now.

#include "delivery/change/definition_change.h"
#include "session/job_progress.h"
#include "session/project/session.h"
#include "session/running/run_options.h"

namespace headrace {

struct CompareOptions {
  double sample = 0.05;           // share of the keys: above 0, at most 1
  int64_t days = 7;               // up to the newest event
  int64_t rows_max = 10'000'000;  // of an entity
  RunOptions run;
};

/// Compares features that are there before and now with one type and one key; sets `values`, `work`, and notes. Data that
/// cannot be read is a note and no error; being stopped is one. What contradicts an `expected_change` is a problem of the
/// change. REQUIRES: the change is that of these two.
Status compare_versions(const Repository& before, const Session& now, const CompareOptions& options,
                        JobProgress& progress, DefinitionChange& change);

/// Why the values are not as expected; empty: they are.
std::string broken_expectation(const ExpectedChange& expected, const ValueDifference& difference);

/// What an author may write where nothing is said: ends around what was measured, each half as wide again as the step and
/// at least a hundredth. As YAML; empty where the values are no numbers.
std::string proposed_expectation(const ValueDifference& difference);

}  // namespace headrace
