#pragma once

/// The codes of what a target cannot say, with their documentation: family G. Immutable; any thread may read them.

#include "codegen/generated_project.h"
#include "language/diagnostics/codes.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

const std::vector<CodeEntry>& refusal_codes();

/// Of a feature that uses a refused one: G006, with the reason of that one.
Refusal refusal_of_user(const std::string& feature, const Refusal& used);

/// The words of the source's `batch` that say how its files are written otherwise than in the common form, for messages.
std::vector<std::string> words_of_own_form(const PlanSource& source);

/// Of a feature with a source whose files the target does not read: G004. `unread` gives the words that are in the way.
std::optional<Refusal> refusal_of_form(const Plan& plan, const PlanFeature& feature, std::string_view target,
                                       const std::function<std::vector<std::string>(const PlanSource&)>& unread);

/// The refusal as a diagnostic at the place of the feature's definition. REQUIRES: the code is in the table.
Diagnostic refusal_diagnostic(const Refusal& refusal, Span place);

}  // namespace headrace
