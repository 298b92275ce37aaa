#pragma once

/// What a backfill must compute besides the features themselves, so that its rows can be checked.
///
///   CheckInputs inputs = with_check_inputs(repository, wanted);
///   Plan plan = make_plan(inputs.repository, names of wanted and inputs.features);
///   CheckedRequest checked = add_checks(plan, repository, request);   // open sources for checked.request.features
///   QualitySink sink(plan, repository, checked, stored);
///   backfill(plan, checked.request, sources, options, sink);
///
/// An `expression` check becomes a hidden derived feature, the formula with `value` as the feature before its default
/// and each source column as its last non-null value so far. The engine computes it like any other, so that formulas
/// of checks mean what formulas mean. Hidden features have the driving source of the checked one: they add no rows.
/// Their names start with `__check_`, which no name in a repository can.

#include "engine/batch/batch.h"
#include "language/definitions/repository.h"

#include <string>
#include <vector>

namespace headrace {

struct CheckInputs {
  Repository repository;              // the features as they were, then the hidden ones
  std::vector<std::string> features;  // the hidden ones that checks read
};

/// Adds what the checks of the named features (all when empty) need.
CheckInputs with_check_inputs(const Repository& repository, const std::vector<std::string>& feature_names);

/// A request whose result has further columns, which QualitySink takes away.
struct CheckedRequest {
  BackfillRequest request;
  size_t feature_count = 0;  // of request.features, those asked for; the hidden ones follow
};

/// REQUIRES: `plan` is of with_check_inputs(); `request` has no before_default.
CheckedRequest add_checks(const Plan& plan, const Repository& repository, BackfillRequest request);

/// The name of the hidden feature for a check of a feature, by its place.
std::string check_feature_name(const std::string& feature, size_t check);

/// Whether a backfill evaluates checks of the type; the others need a running server.
bool is_evaluated_at_backfill(CheckType type);

}  // namespace headrace
