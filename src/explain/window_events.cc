#include "explain/window_events.h"

#include "compute/windows/bounds.h"
#include "compute/windows/window_text.h"

#include <algorithm>

namespace headrace {
namespace {

size_t first_at_or_after(const std::vector<WindowEvent>& events, int64_t us) {
  const auto found = std::lower_bound(events.begin(), events.end(), us,
                                      [](const WindowEvent& event, int64_t time) { return event.time.us < time; });
  return static_cast<size_t>(found - events.begin());
}

/// The last events that pass the filter, counted back from `end`.
size_t start_of_last(const std::vector<WindowEvent>& events, size_t end, int count) {
  size_t first = end;
  for (size_t i = end; i-- > 0 && count > 0;) {
    if (events[i].is_filtered) continue;
    first = i;
    --count;
  }
  return first;
}

/// The run of neighbours that ends at the last event that passes the filter.
size_t start_of_session(const std::vector<WindowEvent>& events, size_t end, Duration gap, EventTime at) {
  size_t first = end;
  int64_t next = at.us;
  for (size_t i = end; i-- > 0;) {
    if (events[i].is_filtered) continue;
    if (next - events[i].time.us > gap.us) break;
    first = i;
    next = events[i].time.us;
  }
  return first;
}

}  // namespace

WindowRun window_run(const WindowSpec& window, const std::vector<WindowEvent>& events, EventTime at) {
  const Bounds bounds = bounds_at(window, at.us);
  WindowRun run{first_at_or_after(events, bounds.start), first_at_or_after(events, bounds.end)};
  if (window.kind == WindowSpec::Kind::kLast) run.first = start_of_last(events, run.end, window.last);
  if (window.kind == WindowSpec::Kind::kSession) run.first = start_of_session(events, run.end, window.size, at);
  run.first = std::min(run.first, run.end);
  return run;
}

ExplainedWindow describe_window(const WindowSpec& window, const std::vector<WindowEvent>& events, const WindowRun& run,
                                EventTime at) {
  ExplainedWindow described;
  described.text = window_text(window);
  const Bounds bounds = bounds_at(window, at.us);
  const bool is_size = window.kind == WindowSpec::Kind::kSize;
  const bool is_tumbling = window.kind == WindowSpec::Kind::kTumbling;
  described.has_start = is_tumbling || (is_size && (window.closed == Closed::kLeft || window.closed == Closed::kBoth));
  described.has_end = !is_tumbling && (!is_size || window.closed == Closed::kRight || window.closed == Closed::kBoth);
  described.end = EventTime{described.has_end ? bounds.end - 1 : bounds.end};
  if (is_size || is_tumbling) {
    described.start = EventTime{described.has_start ? bounds.start : bounds.start - 1};
  } else if (window.kind != WindowSpec::Kind::kLifetime && run.first < run.end) {
    described.start = events[run.first].time;
    described.has_start = true;
  }
  return described;
}

}  // namespace headrace
