#pragma once

/// The codes of what a target cannot say, with their documentation: family G. Immutable; any thread may read them.

#include "codegen/generated_project.h"
#include "language/diagnostics/codes.h"

namespace headrace {

const std::vector<CodeEntry>& refusal_codes();

/// The refusal as a diagnostic at the feature's definition. REQUIRES: the code is in the table.
Diagnostic refusal_diagnostic(const Refusal& refusal, const Repository& repository);

}  // namespace headrace
