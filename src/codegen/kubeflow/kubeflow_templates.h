#pragma once

/// Text files below src/codegen/kubeflow/templates, compiled in. Private to codegen/kubeflow.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder kubeflow_templates();

}  // namespace headrace
