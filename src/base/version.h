#pragma once

/// What this build calls itself. The one place in the sources that says it; version_test.cc holds CMakeLists.txt to it.

#include <string_view>

/// A literal, so that longer literals can be made of it.
#define HEADRACE_VERSION "0.1.0"

namespace headrace {

/// The version of the program and of the library; manifests and Parquet files carry it.
inline constexpr std::string_view kVersion = HEADRACE_VERSION;

}  // namespace headrace
