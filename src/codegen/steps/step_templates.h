#pragma once

/// Text files below src/codegen/steps/templates, compiled in. Private to codegen/steps.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder step_templates();

}  // namespace headrace
