#pragma once

/// The diagnostic codes of test files: family T0xx beside those of language/diagnostics/codes.h.

#include "language/diagnostics/codes.h"

#include <vector>

namespace headrace {

/// Sorted by code; for the generated reference.
const std::vector<CodeEntry>& case_codes();

/// An error of a test file. REQUIRES: the code is one of case_codes().
Diagnostic case_problem(std::string_view code, std::string message, Span span, std::string help = "");

}  // namespace headrace
