#pragma once

/// The tables that definition_codes() joins, one for each group of families. Internal to diagnostics/; see codes.h.

#include "language/diagnostics/codes.h"

namespace headrace {

const std::vector<CodeEntry>& yaml_codes();      // Y
const std::vector<CodeEntry>& document_codes();  // D, P, E, N, S
const std::vector<CodeEntry>& feature_codes();   // F0
const std::vector<CodeEntry>& detail_codes();    // W, Q

}  // namespace headrace
