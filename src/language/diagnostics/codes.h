#pragma once

/// Every diagnostic code with its documentation. The reference page and `headrace explain-code` are printed from here,
/// and a test asserts that each code occurs in a golden test of its full text.
///
/// Families: Y0xx the YAML itself, D0xx documents and their keys, P0xx project, E0xx entity, N0xx environments, S0xx source, F0xx feature,
/// W0xx window, Q0xx quality check, F1xx the syntax of formulas, F2xx names and types in formulas. A code never changes
/// its meaning and is never reused.
///
/// Immutable tables; any thread may read them.

#include "language/diagnostics/diagnostic.h"

#include <string_view>
#include <vector>

namespace headrace {

struct CodeEntry {
  std::string_view code;
  Severity severity = Severity::kError;
  std::string_view title;        // without a full stop, in the user's terms: "unknown key"
  std::string_view explanation;  // one paragraph: when it is raised and why it is so
  std::string_view example;      // text that triggers it
  std::string_view fix;          // the same text set right, or one sentence
};

/// Y, D, P, E, S, F0, W, Q: in definition_codes.cc.
const std::vector<CodeEntry>& definition_codes();
/// F1 and F2: in language/formula/formula_codes.cc.
const std::vector<CodeEntry>& formula_codes();

/// Both, sorted by code.
const std::vector<CodeEntry>& all_codes();

/// The entry of a code, or null.
const CodeEntry* find_code(std::string_view code);

/// A diagnostic with the severity that the table gives its code. REQUIRES: the code is in the table.
Diagnostic make_diagnostic(std::string_view code, std::string message, Span span);

}  // namespace headrace
