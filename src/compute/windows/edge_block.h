#pragma once

/// The windows of the instants of one key, found before anything is computed from their events.
///
/// Which events enter and leave at an instant is as good as random, and a loop that computes while it looks for the
/// edges waits for every wrong guess. Kernels that know the edges of a block beforehand run over its events without
/// branches; and kernels over the same events and windows find them once.
///
/// Order required: times do not fall, neither of events nor of instants. Operator required: none.
/// Time: O(1) an event and instant. Space: a cursor an instant.

#include "compute/windows/bounds.h"
#include "compute/windows/kernel.h"

#include <algorithm>
#include <span>

namespace headrace {

/// Whether windows of a kind are between two times that rise with the instant.
template <WindowSpec::Kind kind>
inline constexpr bool has_edges = kind == WindowSpec::Kind::kSize || kind == WindowSpec::Kind::kTumbling;

/// The most instants of a block, and the most events that enter or leave in one.
inline constexpr size_t kBlockInstants = 64;
inline constexpr uint32_t kBlockEvents = 256;

/// A time as a stamp of events, cut off where no event can be.
inline int64_t stamp_of(int64_t time) {
  constexpr int64_t kFar = int64_t{1} << 61;
  return std::clamp(time, -kFar, kFar) * 2;
}

/// The first position from `position` on whose event is not before a stamp.
inline Position skip_before(const Ring& ring, Position position, int64_t stamp) {
  while (ring.end - position >= 4 && (position & ring.mask) + 3 <= ring.mask) {
    const RingEvent* event = &ring.at(position);
    const unsigned before = static_cast<unsigned>(event[0].is_before_stamp(stamp)) +
                            static_cast<unsigned>(event[1].is_before_stamp(stamp)) +
                            static_cast<unsigned>(event[2].is_before_stamp(stamp)) +
                            static_cast<unsigned>(event[3].is_before_stamp(stamp));
    position += before;
    if (before < 4) return position;
  }
  while (position != ring.end && ring.at(position).is_before_stamp(stamp)) ++position;
  return position;
}

/// The windows at the instants of one key, from that of the cursor on.
template <WindowSpec::Kind kind>
void find_edges(const WindowSpec& window, const Ring& ring, Cursor cursor, const int64_t* times,
                std::span<const uint32_t> instants, Cursor* edges) {
  static_assert(has_edges<kind>);
  // Copies, which storing edges cannot change.
  const WindowSpec spec = window;
  const Ring events = ring;
  for (size_t i = 0; i < instants.size(); ++i) {
    if (i % kBlockInstants == 0) ring.prefetch(cursor.tail + kBlockInstants, kBlockInstants);
    const Bounds bounds = bounds_of<kind>(spec, times[instants[i]]);
    const int64_t end = stamp_of(bounds.end);
    cursor.tail = skip_before(events, cursor.tail, stamp_of(bounds.start));
    while (cursor.head != events.end && events.at(cursor.head).is_before_stamp(end)) ++cursor.head;
    edges[i] = cursor;
  }
}

/// The edges of a group, found now or by another kernel.
template <WindowSpec::Kind kind>
std::span<const Cursor> edges_of(const WindowSpec& window, const Ring& ring, Cursor cursor, const KernelRun& run,
                                 const KeyGroup& group) {
  Cursor* edges = run.edges->at.data() + group.begin;
  const size_t count = group.end - group.begin;
  if (!run.edges->are_known) {
    find_edges<kind>(window, ring, cursor, run.times, run.grouped.subspan(group.begin, count), edges);
  }
  return {edges, count};
}

/// How many of the next edges make a block after the cursor; 0 when the first has too many events.
inline size_t block_size(std::span<const Cursor> edges, Cursor cursor) {
  size_t count = std::min(edges.size(), kBlockInstants);
  while (count > 0 &&
         (edges[count - 1].head - cursor.head > kBlockEvents || edges[count - 1].tail - cursor.tail > kBlockEvents)) {
    --count;
  }
  return count;
}

}  // namespace headrace
