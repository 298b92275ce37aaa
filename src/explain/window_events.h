#pragma once

/// Which events of a key a window covers at an instant. Private to explain.

#include "compute/windows/window.h"
#include "explain/explain.h"

#include <vector>

namespace headrace {

/// What a window needs to know of an event.
struct WindowEvent {
  EventTime time;
  bool is_filtered = false;
};

/// A run of events, as indices [first, end); events that the filter drops may lie among them.
struct WindowRun {
  size_t first = 0;
  size_t end = 0;
};

/// REQUIRES: events are in order.
WindowRun window_run(const WindowSpec& window, const std::vector<WindowEvent>& events, EventTime at);

/// The edges and the words for people.
ExplainedWindow describe_window(const WindowSpec& window, const std::vector<WindowEvent>& events, const WindowRun& run,
                                EventTime at);

}  // namespace headrace
