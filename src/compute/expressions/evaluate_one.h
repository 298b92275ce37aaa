#pragma once

/// Evaluates an expression once, over boxed values, through the same loops as whole runs: for explanations, quality
/// checks and tests, where a value matters and speed does not.

#include "compute/expressions/expr.h"

#include <functional>

namespace headrace {

/// Gives the value of a reference: null or of the reference's type.
using ReferenceValues = std::function<Value(const Reference&)>;

/// A bare reference (also to a list feature) gives its value back. Thread-safe if `values` is.
Value evaluate_one(const Expr& expr, const ReferenceValues& values, EventTime event_time);

}  // namespace headrace
