#pragma once

/// Text files below src/codegen/airflow/templates, compiled in. Private to codegen/airflow.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder airflow_templates();

}  // namespace headrace
