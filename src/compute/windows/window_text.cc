#include "compute/windows/window_text.h"

#include "base/aligned_text.h"
#include "base/check.h"

namespace headrace {
namespace {

/// Events at the end belong to a window and those at its start do not, unless it says otherwise.
std::string edges_part(Closed closed) {
  switch (closed) {
    case Closed::kRight: return "";
    case Closed::kLeft: return ", closed left";
    case Closed::kBoth: return ", closed on both sides";
    case Closed::kNeither: return ", open on both sides";
  }
  CHECK(false);
}

std::string offset_part(const char* words, Duration offset) { return offset.us == 0 ? "" : words + to_string(offset); }

}  // namespace

std::string window_text(const WindowSpec& window) {
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const std::string earlier = offset_part(", seen from ", window.offset);
      return to_string(window.size) + edges_part(window.closed) + (earlier.empty() ? "" : earlier + " earlier");
    }
    case WindowSpec::Kind::kLast:
      return window.last == 1 ? "last event" : "last " + grouped_digits(window.last) + " events";
    case WindowSpec::Kind::kTumbling:
      return "tumbling " + to_string(window.size) + offset_part(", shifted by ", window.offset);
    case WindowSpec::Kind::kSession: return "session with gaps up to " + to_string(window.size);
    case WindowSpec::Kind::kLifetime: return "lifetime";
  }
  CHECK(false);
}

}  // namespace headrace
