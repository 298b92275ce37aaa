#pragma once

/// Words that one of the dialects does not take as a name. Private to codegen/sql.

#include <string_view>

namespace headrace::sql {

/// Of a word in lower case.
bool is_reserved(std::string_view word);

}  // namespace headrace::sql
