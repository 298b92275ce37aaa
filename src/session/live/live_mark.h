#pragma once

/// Places in the log at which a start may begin to feed pushes again: what the streams knew there of the world.
///
///   marks     0          1          2          3 = now
///   log       │──────────│──────────│──────────│──>
///   newest    of an event that was pushed after the mark and before the next one
///
/// A start needs the last mark before which no push has an event that the stored states lack.

#include "data/time.h"
#include "engine/stream/stored_stream.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace headrace {

/// What became of a source's events so far.
struct SourceCounts {
  int64_t accepted = 0;
  int64_t late = 0;
  int64_t unreadable = 0;
  int64_t too_far_ahead = 0;
  int64_t bad_cells = 0;
  int64_t newest = kTimeMin;  // time of an accepted event
  int64_t covered = 0;
};

struct LiveMark {
  struct OfEntity {
    int64_t now = kTimeMin;                      // the clock
    int64_t newest = kTimeMin;                   // of the accepted events between this mark and the next
    StoredWatermarks watermarks;                 // by source
    std::map<std::string, SourceCounts> counts;  // likewise
  };

  uint64_t number = 0;                       // of the first push after it
  std::map<std::string, OfEntity> entities;  // by name
};

/// Of bytes: what to_bytes() gives, or what it gave before it had the covered events.
enum class MarksForm { kOwn, kOlder };

std::string to_bytes(const std::deque<LiveMark>& marks);
/// Nothing where the bytes are none of the form.
std::optional<std::deque<LiveMark>> marks_of(std::string_view bytes, MarksForm form);

}  // namespace headrace
