#pragma once

/// When the value of a window changes though nothing happens: the turned-round edges of bounds.h.

#include "compute/windows/window.h"

namespace headrace {

/// The first times at which an event is in the window and is not in it any more; kTimeMax: at no time by itself. Both rise
/// with the event's time.
struct WindowChanges {
  int64_t enters = kTimeMax;
  int64_t leaves = kTimeMax;
};

/// Of an event at u. Of last and lifetime windows only other events decide. Of a session it is the end of what an event
/// holds open by itself.
constexpr WindowChanges changes_of(const WindowSpec& window, int64_t u) {
  const int64_t size = window.size.us;
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const bool low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
      const bool high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
      const int64_t at = u + window.offset.us;
      return {at + (high ? 0 : 1), at + size + (low ? 1 : 0)};
    }
    case WindowSpec::Kind::kTumbling: {
      const int64_t end = floor_divide(u - window.offset.us, size) * size + window.offset.us + size;
      return {end, end + size};
    }
    case WindowSpec::Kind::kSession: return {kTimeMax, u + size + 1};
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kLifetime: return {};
  }
  return {};
}

}  // namespace headrace
