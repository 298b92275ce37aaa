#pragma once

/// The diagnostic codes of versions: family V0xx beside those of language/diagnostics/codes.h.

#include "language/diagnostics/codes.h"

#include <vector>

namespace headrace {

/// Sorted by code; for the generated reference.
const std::vector<CodeEntry>& version_codes();

/// V001 at a version: the meaning has changed under it. `change` says how.
Diagnostic changed_meaning_problem(std::string message, std::string change, Span span, std::string help);

}  // namespace headrace
