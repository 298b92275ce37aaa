#pragma once

/// The traces of a server, where its environment has a collector for them.

#include "serving/api/feature_api.h"
#include "serving/traces/otlp_exporter.h"
#include "session/project/environment.h"

#include <memory>

namespace headrace {

/// Null where the environment has none.
Result<std::unique_ptr<OtlpExporter>> begin_traces(const ServedEnvironment& environment);

/// Spans of requests go to the exporter, which lives longer, and metrics tell what became of them. Null: nothing happens.
void follow_requests(FeatureApi& api, OtlpExporter* traces);

}  // namespace headrace
