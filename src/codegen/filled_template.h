#pragma once

/// Templates of generated files: text with places `{{name}}`. Internal to codegen/.

#include <string>
#include <string_view>

namespace headrace {

/// Puts a value into the first place of that name. REQUIRES: there is one.
void fill_template(std::string& text, std::string_view name, std::string_view value);

}  // namespace headrace
