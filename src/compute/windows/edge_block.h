#pragma once

/// The windows of some instants of one key, found together before anything is computed from their events.
///
/// Which events enter and leave at an instant is as good as random, and a loop that computes while it looks for the
/// edges waits for every wrong guess. Kernels that know the edges of a block beforehand run over its events without
/// branches.

#include "compute/windows/bounds.h"
#include "compute/windows/cursor.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace headrace {

/// Whether windows of a kind are between two times that rise with the instant.
template <WindowSpec::Kind kind>
inline constexpr bool has_edges = kind == WindowSpec::Kind::kSize || kind == WindowSpec::Kind::kTumbling;

/// The first position from `position` on whose event is not before a time.
inline Position skip_before(const Ring& ring, Position position, int64_t time) {
  while (ring.end - position >= 4) {
    const unsigned before = static_cast<unsigned>(ring.at(position).time() < time) +
                            static_cast<unsigned>(ring.at(position + 1).time() < time) +
                            static_cast<unsigned>(ring.at(position + 2).time() < time) +
                            static_cast<unsigned>(ring.at(position + 3).time() < time);
    position += before;
    if (before < 4) return position;
  }
  while (position != ring.end && ring.at(position).time() < time) ++position;
  return position;
}

class EdgeBlock {
 public:
  static constexpr size_t kInstants = 64;
  static constexpr uint32_t kEvents = 256;

  /// Finds the windows of the first instants, from those of the cursor on: at most kInstants, and so many that at most
  /// kEvents enter and at most kEvents leave. Zero when the first instant has more.
  template <WindowSpec::Kind kind>
  size_t find(const WindowSpec& window, const Ring& ring, Cursor cursor, const int64_t* times,
              std::span<const uint32_t> instants) {
    static_assert(has_edges<kind>);
    Cursor edge = cursor;
    size_t count = 0;
    for (uint32_t instant : instants.first(std::min(instants.size(), kInstants))) {
      const Bounds bounds = bounds_of<kind>(window, times[instant]);
      edge.tail = skip_before(ring, edge.tail, bounds.start);
      while (edge.head != ring.end && ring.at(edge.head).time() < bounds.end) ++edge.head;
      if (edge.head - cursor.head > kEvents || edge.tail - cursor.tail > kEvents) break;
      edges_[count++] = edge;
    }
    return count;
  }

  const Cursor& operator[](size_t i) const { return edges_[i]; }

 private:
  std::array<Cursor, kInstants> edges_;
};

}  // namespace headrace
