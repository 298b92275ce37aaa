#pragma once

/// Moves the two ends of a window over a ring of events, telling what comes in and what goes out.
///
/// Each event comes in at most once and goes out at most once, so a run costs O(events + instants) whatever the window.
///
/// Order required: times do not fall, neither of events nor of instants. Operator required: none.
/// Time: amortised O(1) an event. Space: two positions a key.

#include "compute/windows/bounds.h"
#include "compute/windows/ring.h"

namespace headrace {

/// Called by advance(): insert(position) for each event that enters, evict(position) for each that leaves, clear() when
/// all leave at once (instead of evict).

/// Windows whose edges are times that rise with t: sizes and tumbling.
template <typename Insert, typename Evict, typename Clear>
inline void advance_between(const Bounds& bounds, const Ring& ring, Cursor& cursor, Insert&& insert, Evict&& evict,
                            Clear&& clear) {
  while (cursor.tail != cursor.head && ring.at(cursor.tail).time() < bounds.start) evict(cursor.tail++);
  if (cursor.tail == cursor.head) {
    // What came and went between two instants is never touched.
    if (cursor.head != ring.end && ring.at(cursor.head).time() < bounds.start) {
      do {
        ++cursor.head;
      } while (cursor.head != ring.end && ring.at(cursor.head).time() < bounds.start);
      cursor.tail = cursor.head;
      clear();
    }
  }
  while (cursor.head != ring.end && ring.at(cursor.head).time() < bounds.end) insert(cursor.head++);
}

/// The last `count` events at or before t.
template <typename Insert, typename Evict>
inline void advance_last(uint32_t count, int64_t t, const Ring& ring, Cursor& cursor, Insert&& insert, Evict&& evict) {
  while (cursor.head != ring.end && ring.at(cursor.head).time() <= t) {
    insert(cursor.head++);
    if (cursor.head - cursor.tail > count) evict(cursor.tail++);
  }
}

/// The run of events, at most `gap` apart, that ends at the last event at or before t.
template <typename Insert, typename Clear>
inline void advance_session(int64_t gap, int64_t t, const Ring& ring, Cursor& cursor, Insert&& insert, Clear&& clear) {
  while (cursor.head != ring.end && ring.at(cursor.head).time() <= t) {
    if (cursor.tail != cursor.head && ring.at(cursor.head).time() - ring.at(cursor.head - 1).time() > gap) {
      cursor.tail = cursor.head;
      clear();
    }
    insert(cursor.head++);
  }
  if (cursor.tail != cursor.head && t - ring.at(cursor.head - 1).time() > gap) {
    cursor.tail = cursor.head;
    clear();
  }
}

/// Dispatches once, at compile time, on the kind of window.
template <WindowSpec::Kind kind, typename Insert, typename Evict, typename Clear>
inline void advance(const WindowSpec& window, int64_t t, const Ring& ring, Cursor& cursor, Insert&& insert,
                    Evict&& evict, Clear&& clear) {
  if constexpr (kind == WindowSpec::Kind::kLast) {
    advance_last(static_cast<uint32_t>(window.last), t, ring, cursor, insert, evict);
  } else if constexpr (kind == WindowSpec::Kind::kSession) {
    advance_session(window.size.us, t, ring, cursor, insert, clear);
  } else {
    advance_between(bounds_of<kind>(window, t), ring, cursor, insert, evict, clear);
  }
}

}  // namespace headrace
