#pragma once

/// Rows of an entity that are to be written elsewhere, since their values are others than before.

#include "data/column.h"
#include "session/live/due_keys.h"

#include <optional>
#include <vector>

namespace headrace {

struct ChangedRows {
  size_t follower = 0;
  size_t entity = 0;                     // of the plan
  std::vector<DueKeys::Due> due;         // of each row
  std::vector<std::vector<Value>> keys;  // of each row: in the order of the entity's keys
  /// Of each row: when its values became these, by an event or by a window's edge; or the instant at which they were read,
  /// where they change at any time.
  std::vector<EventTime> times;
  std::vector<EventTime> newest;  // of each row: the time of its newest event
  std::vector<Column> values;     // of each of LiveFeatures::changed_features()
  bool moves_with_time = false;   // some values change at any time

  // Of each of these columns, of each row:
  std::vector<std::vector<std::optional<EventTime>>> event_times;  // of the newest event in the feature's source
  /// The first instant at which it is another value, though no event comes; kTimeMax: none. Of values that change at any
  /// time it is the next instant after that at which they were read.
  std::vector<std::vector<int64_t>> holds_until;

  size_t size() const { return due.size(); }
};

struct ChangesWaiting {
  int64_t keys = 0;
  std::optional<int64_t> oldest_us;  // elapsed time of the clock when the oldest change came
  bool are_all_known = true;         // false: some of those that are not in memory are still to be due
};

}  // namespace headrace
