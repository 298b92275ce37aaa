#pragma once

/// Windows as people say them, the same words wherever one is shown.

#include "compute/windows/window.h"

#include <string>

namespace headrace {

/// "1h", "1h, closed left", "1w, seen from 1d earlier", "last 3 events", "tumbling 1h, shifted by 15m", "session with
/// gaps up to 30m", "lifetime". For people only: digests are made of to_string(WindowSpec).
std::string window_text(const WindowSpec& window);

}  // namespace headrace
