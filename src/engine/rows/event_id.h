#pragma once

/// What two rows' ids are compared by: 16 bytes, whatever the id is.
///
/// An integer stands for its decimal text, so that 7 in one file and "7" in another are one id. Up to 15 bytes are kept
/// as they are; of longer ids, which only rows of one key and one event time are compared by, 120 bits of a hash stand
/// for the text. Equal on every machine; a null id equals none, not even itself (`is_null`).

#include <cstdint>
#include <string_view>

namespace headrace {

struct EventId {
  uint64_t high = 0;
  uint64_t low = 0;

  bool is_null() const { return high == 0 && low == 0; }
  friend auto operator<=>(const EventId&, const EventId&) = default;
};

EventId event_id_of(std::string_view text);
EventId event_id_of(int64_t number);

}  // namespace headrace
