#pragma once

/// Requests as lines of JSON on stderr: which path was asked and how that went, never what was in it.

#include "serving/api/feature_api.h"

namespace headrace {

/// One write of a whole line; any thread.
void log_request(const AnsweredRequest& request);

}  // namespace headrace
