#pragma once

/// Named places at which a program of a test build ends itself as `kill -9` would, where it is told to:
///
///   HEADRACE_KILL_POINT=checkpoint-chunks:2     at the second time that it comes there
///
/// In other builds there is no code. Thread-safe.

#include <string_view>

namespace headrace {

#ifdef HEADRACE_KILL_POINTS
void kill_point(std::string_view name);
#else
inline void kill_point(std::string_view /*name*/) {}
#endif

}  // namespace headrace
