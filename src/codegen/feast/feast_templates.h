#pragma once

/// Text files below src/codegen/feast/templates, compiled in. Private to codegen/feast.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder feast_templates();

}  // namespace headrace
