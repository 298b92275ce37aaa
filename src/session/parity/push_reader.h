#pragma once

/// The pushes of some sources of a server in order of their positions, a page at a time.

#include "session/parity/served_reads.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace headrace {

/// Not thread-safe.
class PushReader {
 public:
  using Take = std::function<Status(uint64_t position, const LoggedPush&)>;

  /// The server lives longer.
  PushReader(ParityServer& server, const std::vector<std::string>& sources);

  /// The position behind all that is durable now.
  Result<uint64_t> end();
  /// Hands over all pushes before a position that were not handed over yet. What was pushed before it and is not durable yet
  /// is waited for.
  Status read_to(uint64_t end, const Take& take);

  /// Events up to here may be missing; nothing: none is.
  std::optional<EventTime> forgotten_to() const { return forgotten_to_; }

 private:
  struct Cursor {
    std::string source;
    uint64_t next = 0;
    std::deque<LivePushes::Push> page;
  };

  Status fill(Cursor& cursor, uint64_t end);

  ParityServer& server_;
  std::vector<Cursor> cursors_;
  std::optional<EventTime> forgotten_to_;
};

}  // namespace headrace
