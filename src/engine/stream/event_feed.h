#pragma once

/// How a stream gets events from the world: an interface that a replay of files and brokers implement.
///
/// A feed brings events of sources in lanes: the partitions of a topic, one for files. Events of a lane come in their order
/// of arrival; the position after them, kept with them, says where to go on after a start. Only a feed knows whether
/// something is left outside, and only it may say that a lane is drained.
///
///   loop: for each of feed.poll(wait): take it in;  now and then: make all of it durable;  feed.commit()
///
/// Not thread-safe, but for state().

#include "base/result.h"
#include "data/column.h"
#include "data/time.h"
#include "engine/stream/event_log.h"

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
  /// Of each line its number in the lane, rising; empty: the feed does not count.
  std::vector<int64_t> offsets = {};
  /// Of each line the id of its message, where the outside brings messages again: one that came before is known by it and
  /// not taken again. The offsets are then numbers made of the ids, in any order. Empty: messages have none.
  std::vector<std::string> ids = {};
  /// Lines that had been left out and are brought again: their places in the side output, and how they were counted.
  std::vector<LeftOutPlace> taken_back = {};
  LeftOutCounts counted_before = {};
  /// Of what is fed from the log again.
  std::vector<ForgottenEvent> forgotten = {};
};

/// How far a feed is with messages that it brought once before.
struct RewindState {
  EventTime to;             // the time from which on they are read again
  int64_t messages = 0;     // offsets from there to where the lanes had been
  int64_t read = 0;         // of these: were read again
  int64_t kept_before = 0;  // of these: were taken in before, and passed over
  LeftOutCounts left_out;   // of these: had been left out, and are judged again
  bool is_over = false;     // the lanes are where they had been
};

/// How far a feed is with one source.
struct FeedState {
  std::string source;
  std::optional<int64_t> lag;  // events that are outside and were not brought yet; nothing: not known
  std::string problem = {};    // why nothing comes at present; empty: all is well
  std::optional<RewindState> rewind = std::nullopt;  // nothing: it was not asked to
  int64_t removed = 0;                               // events that were gone outside before they could be brought
};

class EventFeed {
 public:
  virtual ~EventFeed() = default;

  /// Waits up to `wait` for something; nothing came: empty. An outage that may pass is no Error but part of the state().
  virtual Result<std::vector<FedEvents>> poll(Duration wait) = 0;
  /// All that was polled is durable. For displays of the outside only: positions are kept with the events.
  virtual void commit() {}
  /// Whether commit() would do something now; it is called at least when a poll() brought nothing.
  virtual bool wants_commit() const { return true; }
  /// Nothing more will ever come.
  virtual bool is_over() const { return false; }
  /// Ends a poll() that waits, and each later one at once. Thread-safe.
  virtual void stop() = 0;
  /// Of each source that is fed. Thread-safe.
  virtual std::vector<FeedState> state() const = 0;
};

}  // namespace headrace
