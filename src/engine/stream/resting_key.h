#pragma once

/// A key at rest: what a stream keeps of it, as bytes, while it is not in memory.
///
///   EntityStream ──find_resting──> bytes, kept by whoever owns the stream ──let_rest──> gone from memory
///        ^                              │
///        └───────────── wake ───────────┘   before anything is asked of the key, or an event of it is taken
///
/// A key may rest when all its rows are settled, in the states of past times too. Then its settled state is all there is of it;
/// it is the same to the last bit when it wakes, however far the stream has gone on. A key of which no window needs anything
/// any more has nothing but the times of its newest events: it is *forgotten*.

#include "data/time.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct RestingKey {
  uint32_t key = 0;  // its number in the stream
  std::string name;  // by which it is found again: its columns
  std::string bytes;
  bool is_forgotten = false;  // no window needs anything of it
  bool has_anything = true;   // false: what is told of it is what is told of a key that no event had
};

/// Which of the keys that may rest are to.
struct RestRule {
  /// So much of memory is to be given back by keys that windows need: those first that nobody asked about for longest.
  int64_t bytes_to_free = 0;
  bool takes_all = false;                                 // all of them; for tests
  size_t bytes_max = std::numeric_limits<size_t>::max();  // of names and bytes, about; the others rest another time
  std::function<bool(uint32_t)> may_rest = {};            // null: all may
};

/// The bytes of a key at rest, by what they are of: a tag of the name under which a stored stream has them.
struct RestingParts {
  std::map<uint64_t, int64_t> newest;     // of each source: the time of the newest event
  std::map<uint64_t, std::string> parts;  // those of states that hold something
};
uint64_t resting_tag(const std::string& part);
std::string to_bytes(const RestingParts& parts);
/// Nothing where the bytes are none.
std::optional<RestingParts> resting_parts_of(std::string_view bytes);

}  // namespace headrace
