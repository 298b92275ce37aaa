#pragma once

/// Holds definitions against the values that a store keeps: which features mean something else under a version whose
/// values are there.

#include "base/result.h"
#include "language/diagnostics/diagnostic.h"
#include "session/project/session.h"

#include <string>
#include <vector>

namespace headrace {

struct VersionReport {
  Diagnostics diagnostics;            // V001, one for each definition, at its version
  std::vector<std::string> to_raise;  // with all that use them, none is left
};

/// Reads the store's manifest and no data. No store there is an Error of the environment. REQUIRES: the session has no
/// errors.
Result<VersionReport> check_against_store(const Session& session, const std::string& store);

}  // namespace headrace
