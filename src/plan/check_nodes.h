#pragma once

/// The features that a plan needs besides those of the repository, so that `expression` checks can be held against
/// values. Private to plan; make_plan.h adds them.
///
/// A check becomes a derived feature: the formula with `value` as the feature before its default and each source column
/// as its last non-null value so far. Engines compute it like any other, so that formulas of checks mean what formulas
/// mean. It has the driving source of the checked feature: it adds no rows. Names start with `__check_`, which no name
/// in a repository can.

#include "language/definitions/repository.h"

#include <string>
#include <vector>

namespace headrace {

/// For the checks of one feature, each after those that it uses. Features of several checks have one name where they
/// are one feature.
std::vector<FeatureDefinition> check_nodes(const FeatureDefinition& checked);

/// The name of the feature that holds a check, by the check's place.
std::string check_node_name(const std::string& feature, size_t check);

}  // namespace headrace
