#pragma once

/// Diagnostics in the words of a surface (base/option_name.h).

#include "base/option_name.h"
#include "language/diagnostics/diagnostic.h"

namespace headrace {

/// The same problems at the same places, with a surface's words for options in messages and remedies.
Diagnostics in_words_of(const SurfaceWords& words, const Diagnostics& diagnostics);

}  // namespace headrace
