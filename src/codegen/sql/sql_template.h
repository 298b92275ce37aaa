#pragma once

/// Text files below src/codegen/sql/templates, compiled in. Private to codegen/sql.

#include <string_view>

namespace headrace {

/// The text of a file by its path below the folder.
std::string_view sql_template(std::string_view path);

}  // namespace headrace
