#pragma once

/// Text files below src/codegen/dbt/templates, compiled in. Private to codegen/dbt.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder dbt_templates();

}  // namespace headrace
