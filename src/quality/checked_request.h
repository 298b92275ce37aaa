#pragma once

/// What a backfill must compute besides the features themselves, so that its rows can be checked.
///
///   Plan plan = make_plan(repository, names, CheckNodes::kAdded);
///   BackfillRequest checked = with_checks(plan, wanted);   // open sources for checked.features
///   QualitySink sink(plan, wanted, stored);
///   backfill(plan, checked, sources, options, sink);

#include "engine/batch/batch.h"
#include "plan/plan.h"

namespace headrace {

/// The request with the nodes of its features' checks after its features, in order of features and checks, and with the
/// values before their defaults. QualitySink takes these columns away.
/// REQUIRES: the plan has nodes for the checks of the wanted features; `wanted` has no before_default.
BackfillRequest with_checks(const Plan& plan, const BackfillRequest& wanted);

/// Whether a backfill evaluates checks of the type; the others need a running server.
bool is_evaluated_at_backfill(CheckType type);

}  // namespace headrace
