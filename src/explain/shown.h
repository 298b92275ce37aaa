#pragma once

/// Values, keys and spans as they stand in texts for people. Private to explain.

#include "data/value.h"

#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// As to_json, but times without quotes: 5.0, "run", 2024-03-01T00:00:00Z. Strings keep theirs, which show blanks.
std::string shown(const Value& value);

/// Keys as they are written on the command line: "carrier=AA origin=JFK".
std::string shown_key(const std::vector<std::pair<std::string, Value>>& key);

/// A length of time: "35h 55m 56.4s", "30s", "2d 12h" from two days on; parts that are zero are left out. Not negative.
std::string shown_span(int64_t us);

}  // namespace headrace
