#pragma once

/// What this build calls itself.

#include <string_view>

namespace headrace {

/// The version of the program and of the library, as in CMakeLists.txt; manifests carry it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace headrace
