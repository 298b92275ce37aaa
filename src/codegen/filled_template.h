#pragma once

/// Templates of generated files: text with places `{{name}}`. Internal to codegen/.

#include <map>
#include <string>
#include <string_view>

namespace headrace {

/// The values of places, by name.
using Places = std::map<std::string_view, std::string, std::less<>>;

/// The text with a value in each place. Goes over the text once: a value that looks like a place stays as it is,
/// because values may be a user's words. REQUIRES: each place has a value.
std::string filled_template(std::string_view text, const Places& places);

}  // namespace headrace
