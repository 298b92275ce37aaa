#pragma once

/// The codes of what a target cannot say, with their documentation: family G. Immutable; any thread may read them.

#include "codegen/generated_project.h"
#include "language/diagnostics/codes.h"

namespace headrace {

const std::vector<CodeEntry>& refusal_codes();

/// Of a feature that uses a refused one: G006, with the reason of that one.
Refusal refusal_of_user(const std::string& feature, const Refusal& used);

/// The refusal as a diagnostic at the place of the feature's definition. REQUIRES: the code is in the table.
Diagnostic refusal_diagnostic(const Refusal& refusal, Span place);

}  // namespace headrace
