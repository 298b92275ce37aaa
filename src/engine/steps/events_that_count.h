#pragma once

/// Of the rows of one event, the one that counts (language, section 2: "events that come twice, corrections").

#include "engine/rows/event_id.h"

#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

/// A row of a source, as far as it matters whether it counts.
struct IdentifiedRow {
  int64_t time = 0;
  uint32_t key = 0;
  EventId id;
  bool is_deleted = false;
};

enum class RowFate : uint8_t {
  kCounts,
  kSuperseded,  // another row of the same event stands for it
  kDeleted,     // stands for an event that was taken back
};

/// `rows` are all of the source's rows with their times, in order of (time, arrival). Of rows of one key, time and id
/// the last stands for the event, or the first; none counts where that one is deleted. A row whose id is null is an
/// event of its own.
std::vector<RowFate> row_fates(std::span<const IdentifiedRow> rows, bool is_first_kept);

}  // namespace headrace
