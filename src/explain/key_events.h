#pragma once

/// The events of one key, in order. Private to explain; use explain.h.

#include "engine/source.h"
#include "engine/steps/events_that_count.h"

#include <string>
#include <vector>

namespace headrace {

struct KeyEvent {
  EventTime time;
  int64_t tie_order = 0;  // FineTime::tie_order(): decides after an arrival column and before the row's number
  int64_t arrival = 0;    // the value of the arrival column, else the row's number in the source, from 1
  RowFate fate = RowFate::kCounts;
  std::vector<Value> columns;  // by KeyEvents::columns
};

struct KeyEvents {
  std::vector<std::string> columns;
  std::vector<KeyEvent> events;  // by time, then arrival
};

/// Reads all of the source, keeping what is of the key. `request` is what the source was opened with, `is_first_kept`
/// is of its identity, where it has one.
Result<KeyEvents> read_key_events(Source& source, const SourceRequest& request, const std::vector<Value>& key,
                                  bool is_first_kept = false);

}  // namespace headrace
