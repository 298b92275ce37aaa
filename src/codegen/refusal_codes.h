#pragma once

/// The codes of what a target cannot say, with their documentation: family G. Immutable; any thread may read them.

#include "codegen/generated_project.h"
#include "language/diagnostics/codes.h"

#include <optional>
#include <string_view>

namespace headrace {

const std::vector<CodeEntry>& refusal_codes();

/// Of a feature that uses a refused one: G006, with the reason of that one.
Refusal refusal_of_user(const std::string& feature, const Refusal& used);

/// Of a feature whose source says how its files are written in a way that generated code does not read: G004.
std::optional<Refusal> refusal_of_form(const Plan& plan, const PlanFeature& feature, std::string_view target);

/// The refusal as a diagnostic at the place of the feature's definition. REQUIRES: the code is in the table.
Diagnostic refusal_diagnostic(const Refusal& refusal, Span place);

}  // namespace headrace
