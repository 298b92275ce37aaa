#pragma once

/// A stream as it is stored: named parts, so that a stream of other definitions can take what it shares with this one.
///
/// A part is named after what it means: the events of a series or the state of a node by a digest of its meaning and of
/// the form of its bytes, what belongs to a source by its name. Two parts of one name are of the same use.

#include "engine/layout/layout.h"
#include "engine/rows/key_table.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace headrace {

struct StoredStream {
  int64_t settled_to = kTimeMin;             // the parts hold what came before, and nothing else
  std::map<std::string, std::string> parts;  // by name; state_bytes.h
};

/// The watermarks of a stream at one time, with the times of the events that are ahead of the clock, by source.
using StoredWatermarks = std::map<std::string, std::string>;

/// The name of what a partition keeps for an item of the layout's work; empty where it keeps nothing.
std::string stored_name(const Layout& layout, const WorkItem& item);
/// The name of the first part that a stream of the layout needs and that is not there; empty: all are.
std::string missing_part(const Layout& layout, const StoredStream& stored);

// Parts beside those of the work:
inline constexpr char kKeysPart[] = "keys";  // all keys, in the order of their numbers
/// The time of each key's newest event of a source.
std::string newest_part_name(const std::string& source);

// Of the chosen keys, in the order of their numbers, which count anew from 0:
std::string bytes_of_keys(const KeyTable& keys, const std::function<bool(uint32_t)>& is_chosen);
/// kTimeMin for keys behind the last time; `keys`: how many numbers there are.
std::string bytes_of_newest(const std::vector<int64_t>& newest, size_t keys,
                            const std::function<bool(uint32_t)>& is_chosen);

}  // namespace headrace
