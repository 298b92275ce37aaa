#pragma once

/// Text files below src/codegen/sql/templates, compiled in. Private to codegen/sql.

#include "codegen/embedded_folder.h"

namespace headrace {

EmbeddedFolder sql_templates();

}  // namespace headrace
