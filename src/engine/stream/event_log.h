#pragma once

/// What a stream keeps so that it can be rebuilt: the pushes in their order, as they came, with the clock by which they
/// were judged, and now and then a checkpoint of the states. Feeding the pushes again gives the same state to the last
/// bit, also with other definitions; with a checkpoint only those are fed that its states lack.
///
///   push numbers   0 ─── keep_from ─── replay_from ─── next ──>
///                  gone      kept for       fed again      not in the states
///                            others                        of the checkpoint

#include "base/result.h"
#include "data/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headrace {

/// An event that was not taken in, as it came: the side output of a source.
struct LeftOutEvent {
  enum class Reason : uint8_t { kLate = 1, kUnreadable = 2, kAhead = 3 };

  Reason reason = Reason::kLate;
  std::string problem;  // "is before the watermark 2024-03-01T00:00:00Z"
  std::string record;   // the text of the event
  // Of the push that brought it, set by the log:
  uint64_t push = 0;
  uint32_t index = 0;  // among those that it left out
  int64_t now_us = 0;
  uint32_t lane = 0;
  // Of a feed that counts what it brings:
  std::optional<int64_t> offset = std::nullopt;
};

/// How many events of a push had been left out before, and for what.
struct LeftOutCounts {
  int64_t late = 0;
  int64_t unreadable = 0;
  int64_t ahead = 0;

  void add(LeftOutEvent::Reason reason) {
    switch (reason) {
      case LeftOutEvent::Reason::kLate: ++late; break;
      case LeftOutEvent::Reason::kUnreadable: ++unreadable; break;
      case LeftOutEvent::Reason::kAhead: ++ahead; break;
    }
  }
  int64_t all() const { return late + unreadable + ahead; }
};

/// Where a reader of side outputs goes on: behind this event. The default is before all.
struct LeftOutPlace {
  uint64_t push = 0;
  std::optional<uint32_t> index;  // nothing: before those of the push
};

/// An event that a push had and that was forgotten: what it did to others stays, which is its time.
struct ForgottenEvent {
  uint32_t before = 0;            // before which of the push's events it stood
  std::optional<EventTime> time;  // nothing: it could not be read
};

struct LoggedPush {
  std::string source;
  int64_t now_us = 0;   // the clock when it was judged
  std::string records;  // the text of the events, as they were pushed
  // Of a feed (event_feed.h):
  uint32_t lane = 0;
  std::string position = {};                      // where the lane goes on; empty: not said
  std::optional<bool> is_drained = std::nullopt;  // what became known with the events, after them
  std::string key = {};                           // under which it was sent, so that it may be sent again; empty: none
  std::vector<LeftOutEvent> left_out = {};        // kept beside it; replay() does not give them again
  // Of events that were left out once and are judged again here:
  LeftOutCounts counted_before = {};
  std::vector<LeftOutPlace> taken_back = {};  // they leave the side output in the same write; not given again either
  // Of events that were forgotten since:
  std::vector<ForgottenEvent> forgotten = {};  // in their order
  std::string digest = {};  // of the text as it came, where it had a key; empty: `records` is that text
  // Of messages that may be brought again, their ids; also of those whose events were forgotten:
  std::vector<std::string> ids = {};
};

/// What a log keeps of a source.
struct KeptBytes {
  int64_t pushes = 0;
  int64_t bytes = 0;            // before compression
  int64_t first_us = kTimeMax;  // about the clock of the first of them
  int64_t forgotten = 0;        // pushes that are no longer there
};

/// Where a lane of a feed goes on.
struct LanePosition {
  std::string source;
  uint32_t lane = 0;
  std::string position;
};

/// Where a log keeps an entity that is not in memory. States that begin anew are of another generation, so that what rested
/// before them is not found.
struct RestingPlace {
  std::string entity;  // its definition's name
  uint64_t generation = 0;
  std::string name;  // of its key
};
struct RestingRow {
  RestingPlace place;
  std::string bytes;
};

/// States after the pushes before `next`. Invariant: keep_from <= replay_from <= next.
struct LogCheckpoint {
  uint64_t next = 0;
  uint64_t replay_from = 0;                  // the first push with events that the states lack
  uint64_t keep_from = 0;                    // the pushes before are forgotten
  std::map<std::string, std::string> parts;  // bytes by name; what they mean is their writer's
  // Beside it; checkpoint() does not give them again:
  std::vector<RestingRow> resting = {};                    // entities that its states lack from now on
  std::map<std::string, uint64_t> first_generations = {};  // by entity: rows of generations before that go
};

/// append() and save() may run at the same time, each on one thread, and replay(), left_out(), positions() and the notes beside
/// them; the others when neither does.
class EventLog {
 public:
  using Take = std::function<Status(const LoggedPush&)>;

  virtual ~EventLog() = default;

  /// The number of the push that the next append() begins with. Pushes count from 0, also those that are forgotten.
  virtual uint64_t next() const = 0;
  /// Adds pushes behind all others, all of them or none; after an error nothing more is taken. Durable once it returns, or in a
  /// log that was opened so, once sync() has. Until then a kill loses nothing of them, and a machine that stops the last ones.
  virtual Status append(std::span<const LoggedPush> pushes) = 0;
  /// Makes all that was added before durable. May run beside all others; after an error nothing more is taken.
  virtual Status sync() { return {}; }
  /// The pushes from a number on, in their order. Ends early with the error of `take`; a push that is forgotten or cannot
  /// be read is an error.
  virtual Status replay(uint64_t from, const Take& take) const = 0;
  /// The last position of each lane that had one, kept in the same write as its events.
  virtual Result<std::vector<LanePosition>> positions() const { return std::vector<LanePosition>(); }

  /// Events of a source that were left out, in their order from behind a place, at most `count`, fewer where they are
  /// large, none behind the last. They are kept in the same write as their push, and stay when it is forgotten: the
  /// newest of each source.
  virtual Result<std::vector<LeftOutEvent>> left_out(const std::string& /*source*/, LeftOutPlace /*after*/,
                                                     size_t /*count*/) const {
    return std::vector<LeftOutEvent>();
  }

  /// Puts what `rewrite` gives in place of pushes from a number on; nothing leaves one as it is. It may end half-way
  /// with an Error, or a crash, and be done again. REQUIRES: neither append() nor save() run.
  using Rewrite = std::function<Result<std::optional<LoggedPush>>(const LoggedPush&)>;
  virtual Status rewrite(uint64_t /*from*/, const Rewrite& /*rewrite*/) {
    return Error::usage("this log cannot be rewritten");
  }
  /// Takes events out of a source's side output. REQUIRES: as rewrite().
  virtual Status remove_left_out(const std::string& /*source*/, const std::vector<LeftOutPlace>& /*places*/) {
    return Error::usage("this log cannot be rewritten");
  }
  /// Gives the space of what is no longer there back, so that nothing of it is on the disk. Takes as long as reading and writing
  /// all; appends may go on.
  virtual Status compact() { return {}; }
  /// The same for notes that were taken away.
  virtual Status compact_notes() { return {}; }

  /// Keeps bytes under a name in place of those before, beside the pushes: what the next start shall know. Durable once it
  /// returns; nothing takes the note away.
  virtual Status note(const std::string& /*name*/, const std::optional<std::string>& /*bytes*/) {
    return Error::usage("this log keeps no notes");
  }
  /// The notes whose names begin so, by the rest of their names.
  virtual Result<std::map<std::string, std::string>> notes(const std::string& /*prefix*/) const {
    return std::map<std::string, std::string>();
  }

  /// Of each source that has pushes in the log, or had some. Thread-safe.
  virtual std::map<std::string, KeptBytes> kept() const { return {}; }

  /// Puts a checkpoint in place of the one before and forgets the pushes before its keep_from: all of it or nothing.
  /// REQUIRES: the pushes before `next` are durable.
  virtual Status save(const LogCheckpoint& checkpoint) = 0;
  virtual Result<std::optional<LogCheckpoint>> checkpoint() const = 0;

  /// Whether entities may rest here. Reads may run beside everything else.
  virtual bool keeps_resting() const { return false; }
  /// The bytes that were saved last of it; nothing: there are none.
  virtual Result<std::optional<std::string>> resting(const RestingPlace& /*place*/) const {
    return std::optional<std::string>();
  }
  /// Up to `count` rows of a generation behind a name, in some order that stays; an empty name is before all.
  virtual Result<std::vector<RestingRow>> resting_after(const RestingPlace& /*place*/, size_t /*count*/) const {
    return std::vector<RestingRow>();
  }
  /// A generation that no row of the entity has had.
  virtual Result<uint64_t> next_generation(const std::string& /*entity*/) const { return uint64_t{1}; }
  /// Takes a row away, and all of other generations of its entity. False: it was not there. REQUIRES: as rewrite().
  virtual Result<bool> remove_resting(const RestingPlace& /*place*/) { return false; }

  /// Makes a copy of all that is durable, as a log of its own in a folder that is not there yet; beside everything else.
  virtual Status copy_to(const std::string& /*folder*/) const { return Error::usage("this log cannot be copied"); }
};

}  // namespace headrace
