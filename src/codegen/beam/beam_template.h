#pragma once

/// Text files below src/codegen/beam/templates, compiled in. Private to codegen/beam.

#include <string_view>

namespace headrace {

/// The text of a file by its path below the folder. REQUIRES: the file is there.
std::string_view beam_template(std::string_view path);

}  // namespace headrace
