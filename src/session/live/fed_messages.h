#pragma once

/// What live features know of messages that brokers bring again: their ids by source, in step with the log.
///
///   take in ──> what came before is left out ──> the rest goes into the log with its ids, in one write
///
/// Thread-safe. Messages of one source come from one thread.

#include "base/clock.h"
#include "base/result.h"
#include "engine/stream/event_feed.h"
#include "engine/stream/group_commit.h"
#include "session/live/message_ids.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

class FedMessages {
 public:
  /// The ids before the next push of a log.
  struct Stored {
    uint64_t next = 0;
    std::map<std::string, std::string> ids;  // by source
  };
  struct OfSource {
    int64_t repeated = 0;    // messages that came again, since the start
    Duration shortest_kept;  // see MessageIds
  };

  /// The clock lives longer.
  FedMessages(Duration kept_for, std::map<std::string, Duration> kept_for_of, const Clock& clock)
      : kept_for_(kept_for), kept_for_of_(std::move(kept_for_of)), clock_(clock) {}

  /// The messages with ids that were not kept before, each once; the others are counted.
  FedEvents without_repeats(const FedEvents& fed);
  /// Adds a push and keeps its ids. Returns the number to wait for.
  uint64_t add(GroupCommit& commit, LoggedPush push);
  /// Keeps ids that the log has.
  void keep(const std::string& source, const std::vector<std::string>& ids);

  Stored store(const GroupCommit& commit) const;
  /// Bytes that cannot be read are kData.
  Status restore(const std::map<std::string, std::string>& ids);

  /// Nothing: its messages have no ids, or none came yet.
  std::optional<OfSource> of(const std::string& source) const;

 private:
  struct Source {
    MessageIds ids;
    int64_t repeated = 0;
  };

  Source& source_of(const std::string& name) {
    const auto own = kept_for_of_.find(name);
    const Duration kept_for = own == kept_for_of_.end() ? kept_for_ : own->second;
    return sources_.try_emplace(name, Source{MessageIds(kept_for)}).first->second;
  }

  const Duration kept_for_;
  const std::map<std::string, Duration> kept_for_of_;  // by source, instead
  const Clock& clock_;
  mutable std::mutex mutex_;  // of what follows; after those of the entities
  std::map<std::string, Source> sources_;
};

}  // namespace headrace
