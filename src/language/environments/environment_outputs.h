#pragma once

/// Reads what environments.yaml says of what a server writes for others: rows into a Redis and into a file of values, the
/// feature log, spans of requests.
///
/// Internal to environments/.

#include "language/definitions/fields.h"
#include "language/environments/environments.h"

#include <optional>

namespace headrace {

std::optional<EnvironmentRedis> read_redis(Fields& environment);
std::optional<EnvironmentValuesFile> read_values_file(Fields& environment);
std::optional<EnvironmentFeatureLog> read_feature_log(Fields& environment);
std::optional<EnvironmentTraces> read_traces(Fields& environment);

}  // namespace headrace
