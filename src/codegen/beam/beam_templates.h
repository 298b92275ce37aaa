#pragma once

/// Text files below src/codegen/beam/templates, compiled in. Private to codegen/beam.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder beam_templates();

}  // namespace headrace
