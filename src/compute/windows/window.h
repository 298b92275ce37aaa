#pragma once

/// The forms of windows (language, section 4). The edges themselves are computed in bounds.h, and only there.

#include "data/time.h"

#include <string>
#include <string_view>

namespace headrace {

/// Which edges belong to the window, as in pandas.
enum class Closed { kRight, kLeft, kBoth, kNeither };

struct WindowSpec {
  enum class Kind { kSize, kLast, kTumbling, kSession, kLifetime };
  Kind kind = Kind::kLifetime;
  Duration size;                   // kSize, kTumbling; the gap of kSession
  Closed closed = Closed::kRight;  // kSize
  Duration offset;                 // kSize, kTumbling; 0: none
  int last = 0;                    // kLast: 1 to 10,000 events

  friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

/// The words of kinds and edges: "tumbling", "left".
std::string_view to_string(WindowSpec::Kind kind);
std::string_view to_string(Closed closed);

/// Canonical text: "24h" in the largest unit, "size=1h closed=left offset=30m", "last=3", "tumbling=1h", "session=30m",
/// "lifetime".
std::string to_string(const WindowSpec& window);

}  // namespace headrace
