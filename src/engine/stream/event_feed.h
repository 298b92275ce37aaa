#pragma once

/// How a stream gets events from the world: an interface that a replay of files and brokers implement.
///
/// A feed brings events of sources in lanes: the partitions of a topic, one for files. Events of a lane come in their order
/// of arrival; the position after them, kept with them, says where to go on after a start. Only a feed knows whether
/// something is left outside, and only it may say that a lane is drained.
///
///   loop: for each of feed.poll(wait): take it in;  make all of it durable;  feed.commit()
///
/// Not thread-safe, but for state().

#include "base/result.h"
#include "data/column.h"
#include "data/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace headrace {

/// What a feed brought of one lane.
struct FedEvents {
  std::string source;
  uint32_t lane = 0;
  /// Lines of JSON, or rows with the columns of the source's request.
  std::variant<std::string, Batch> events;
  /// Where the lane goes on after these events; empty: the feed has no positions.
  std::string position = {};
  /// The outside was asked and has nothing behind these events (true), or nobody knows any more (false).
  std::optional<bool> is_drained = std::nullopt;
  /// The clock when they came; nothing: as it is when they are taken in.
  std::optional<EventTime> came_at = std::nullopt;
};

/// How far a feed is with one source.
struct FeedState {
  std::string source;
  std::optional<int64_t> lag;  // events that are outside and were not brought yet; nothing: not known
  std::string problem = {};    // why nothing comes at present; empty: all is well
};

class EventFeed {
 public:
  virtual ~EventFeed() = default;

  /// Waits up to `wait` for something; nothing came: empty. An outage that may pass is no Error but part of the state().
  virtual Result<std::vector<FedEvents>> poll(Duration wait) = 0;
  /// All that was polled is durable. For displays of the outside only: positions are kept with the events.
  virtual void commit() {}
  /// Nothing more will ever come.
  virtual bool is_over() const { return false; }
  /// Ends a poll() that waits, and each later one at once. Thread-safe.
  virtual void stop() = 0;
  /// Of each source that is fed. Thread-safe.
  virtual std::vector<FeedState> state() const = 0;
};

}  // namespace headrace
