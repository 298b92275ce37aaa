#pragma once

/// A stream as it is stored: named parts, so that a stream of other definitions can take what it shares with this one.
///
/// A part is named after what it means: the events of a series or the state of a node by a digest of its meaning and of
/// the form of its bytes, what belongs to a source by its name. Two parts of one name are of the same use.

#include "engine/layout/layout.h"

#include <map>
#include <string>

namespace headrace {

struct StoredStream {
  int64_t settled_to = kTimeMin;             // the parts hold what came before, and nothing else
  std::map<std::string, std::string> parts;  // by name; state_bytes.h
};

/// The watermarks of a stream at one time, with the times of the events that are ahead of the clock, by source.
using StoredWatermarks = std::map<std::string, std::string>;

/// The name of what a partition keeps for an item of the layout's work; empty where it keeps nothing.
std::string stored_name(const Layout& layout, const WorkItem& item);

}  // namespace headrace
