#pragma once

/// Hands sampled reads of a server over to its feature log.

#include "serving/api/live_values.h"
#include "session/live/feature_log.h"
#include "session/live/live_features.h"
#include "session/project/environment.h"

#include <span>
#include <vector>

namespace headrace {

/// Below the project where the environment does not say where; null where it logs nothing. A feature or key whose name is that of
/// a column of the log is an Error.
Result<std::unique_ptr<FeatureLog>> open_feature_log(const ServedEnvironment& environment, const Session& session);

/// Where the files of an environment's log are.
std::string feature_log_folder(const ServedEnvironment& environment, const Session& session);

/// Those entities of the answer that are in the sample.
void log_reads(FeatureLog& log, const Plan& plan, const FoundFeatures& found,
               std::span<const std::vector<Value>> entities, const LiveAnswer& answer);

FeatureLogStatus status_of(const FeatureLog& log);

}  // namespace headrace
