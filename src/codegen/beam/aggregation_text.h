#pragma once

/// Aggregations and windows as constructors of the runtime modules. Private to codegen/beam.

#include "compute/aggregates/aggregation.h"
#include "compute/windows/window.h"

#include <string>

namespace headrace {

/// "aggregates.Percentile(0.95)". `window` matters for time_weighted_mean only, which reads its own.
std::string python_aggregation(Aggregation aggregation, const AggregationParams& params, const WindowSpec& window);

/// "windows.Rolling(3_600_000_000)".
std::string python_window(const WindowSpec& window);

}  // namespace headrace
