#pragma once

/// Where each character of a YAML scalar stands in the file, so that a problem inside a formula is shown at its token
/// whether the formula is plain, quoted (with escapes and folded lines) or a block.

#include "language/formula/formula.h"
#include "language/yaml/yaml_tree.h"

namespace headrace {

/// Reads the scalar once more from the file and keeps the place of each byte of its value. If the two readings ever
/// differed, every place would be the scalar's start. REQUIRES: node is a scalar.
FormulaText text_with_places(const YamlNode& node);

/// The same for a formula. One that parse_formula refuses for its length has the place of its start only, because
/// places take several times the memory of the text.
FormulaText formula_text(const YamlNode& node);

}  // namespace headrace
