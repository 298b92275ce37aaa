#include "compute/windows/window.h"

#include "base/check.h"

namespace headrace {

std::string_view to_string(WindowSpec::Kind kind) {
  switch (kind) {
    case WindowSpec::Kind::kSize: return "size";
    case WindowSpec::Kind::kLast: return "last";
    case WindowSpec::Kind::kTumbling: return "tumbling";
    case WindowSpec::Kind::kSession: return "session";
    case WindowSpec::Kind::kLifetime: return "lifetime";
  }
  CHECK(false);
}

std::string_view to_string(Closed closed) {
  switch (closed) {
    case Closed::kRight: return "right";
    case Closed::kLeft: return "left";
    case Closed::kBoth: return "both";
    case Closed::kNeither: return "neither";
  }
  CHECK(false);
}

namespace {

std::string offset_part(Duration offset) { return offset.us == 0 ? "" : " offset=" + to_string(offset); }

}  // namespace

std::string to_string(const WindowSpec& window) {
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      if (window.closed == Closed::kRight && window.offset.us == 0) return to_string(window.size);
      std::string text = "size=" + to_string(window.size);
      if (window.closed != Closed::kRight) text.append(" closed=").append(to_string(window.closed));
      return text + offset_part(window.offset);
    }
    case WindowSpec::Kind::kLast: return "last=" + std::to_string(window.last);
    case WindowSpec::Kind::kTumbling: return "tumbling=" + to_string(window.size) + offset_part(window.offset);
    case WindowSpec::Kind::kSession: return "session=" + to_string(window.size);
    case WindowSpec::Kind::kLifetime: return "lifetime";
  }
  CHECK(false);
}

}  // namespace headrace
