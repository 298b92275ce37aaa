#pragma once

/// Tells how the value of a feature with an aggregation came from events. Private to explain; use explain.h.

#include "explain/explain.h"
#include "explain/key_events.h"

#include <functional>

namespace headrace {

/// V(feature, key, time) of a feature that the formula uses.
using FeatureValues = std::function<Value(size_t feature, EventTime time)>;

/// Fills what an explanation says of an aggregation. REQUIRES: out.value and out.at are set.
void tell_aggregate(const Plan& plan, const PlanFeature& feature, const KeyEvents& events, const FeatureValues& values,
                    int64_t event_limit, Explanation& out);

/// Puts the default in place of null and compares with the engine's value, out.value.
void finish_value(const PlanFeature& feature, Value before_default, double tolerance, Explanation& out);

/// A formula without the line ends of its block scalar.
std::string one_line(std::string_view text);

/// "mean of flow / power where mode == 'run'".
std::string definition_text(const Plan& plan, const PlanFeature& feature);

}  // namespace headrace
