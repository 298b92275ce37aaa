#pragma once

/// `headrace get --watch`: values of a running server as they change, until Ctrl-C or the server ends.

#include "app/server/server_client.h"
#include "serving/api/live_values.h"

namespace headrace {

/// Prints a line for each value that is new, or with `as_json` for each change. Returns the exit code.
int watch_values(const ServerOptions& server, const ReadRequest& request, bool as_json);

}  // namespace headrace
