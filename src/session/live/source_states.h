#pragma once

/// Whether sources are read, and what of their topics is read again: what a person decided, durable before it holds.
///
///   log.note("source NAME")     state, since, why; of a rewind: the time, each lane's offset and where it had been
///
/// Thread-safe.

#include "data/time.h"
#include "engine/stream/event_log.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Messages of a topic that are read again.
struct SourceRewind {
  struct Lane {
    uint32_t lane = 0;
    int64_t first = 0;     // the offset from which on
    int64_t end = 0;       // where the lane had been: offsets from here on come for the first time
    std::string position;  // the same, as the log has it
  };
  EventTime to;
  std::vector<Lane> lanes;
};

struct SourceState {
  /// A message of a feed.
  struct Message {
    uint32_t lane = 0;
    int64_t offset = 0;
    friend bool operator==(const Message&, const Message&) = default;
  };

  enum class Kind : uint8_t { kRunning, kPaused, kStopped };

  Kind kind = Kind::kRunning;
  int64_t since_us = 0;                // of kPaused and kStopped
  std::string feed = "push";           // likewise: what brings its events otherwise
  std::string problem;                 // of kStopped
  std::optional<Message> stopped_at;   // likewise
  std::optional<Message> skipped;      // left out, though what cannot be read stops the source
  std::optional<SourceRewind> rewind;  // until it is over
};

class SourceStates {
 public:
  /// With what the log has; without a log nothing is durable. The log lives longer.
  static Result<std::unique_ptr<SourceStates>> open(EventLog* log);

  /// Whether a message is left out without stopping its source.
  bool is_skipped(const std::string& source, uint32_t lane, int64_t offset) const;
  /// One that was never told of runs.
  SourceState of(const std::string& source) const;
  /// Changes a state by a function, one at a time. Holds once it is durable; after an Error all is as before.
  Status change(const std::string& source, const std::function<void(SourceState&)>& change);

 private:
  explicit SourceStates(EventLog* log) : log_(log) {}

  EventLog* const log_;
  mutable std::mutex mutex_;
  std::map<std::string, SourceState> states_;  // by source; those that are as by default are absent
};

}  // namespace headrace
