#pragma once

/// What was decided about changes, and what it was decided on: an append-only log of events, and a lease on writing.
///
///   ASSIGN_OR_RETURN(auto log, open_control_log("state/control.db"));
///   ASSIGN_OR_RETURN(const ControlLease lease, log->acquire("server-1", now, Duration{30'000'000}));
///   ASSIGN_OR_RETURN(const auto events, log->read(0, kControlEventsMax));
///   ASSIGN_OR_RETURN(const AppendedEvents done, log->append(events.back().sequence, lease.token, {event}));
///
/// The log knows nothing of what events mean; delivery/rollout does. What is in it is never changed: states are made by
/// reading events in order. Two writers cannot decide on the same state: an append names the last event that its
/// writer has seen, and is refused where another came in between. A writer that was thought dead, and whose lease went to
/// another one, is refused by its token, however late it comes.

#include "base/result.h"
#include "data/time.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

struct ControlEvent {
  int64_t sequence = 0;  // from 1, without gaps; given by the log
  EventTime at;
  std::string actor;    // who did it: a user's name, or a program's
  std::string reason;   // why, for people
  std::string subject;  // what it is about: the id of a rollout
  std::string kind;     // "applied", "judged", ...
  std::string payload;  // JSON, by its kind
  /// Of the request, so that asking again is asking once: no two events have the same.
  std::string key;
};

/// The right to write, until a time.
struct ControlLease {
  std::string holder;
  int64_t token = 0;  // rises whenever the holder changes
  EventTime until;
};

struct AppendedEvents {
  int64_t last = 0;  // the sequence of the last event of the log
  /// All keys were there before: nothing was written.
  bool were_there = false;
};

inline constexpr int64_t kControlEventsMax = 100'000;  // that one call reads
inline constexpr size_t kControlPayloadBytesMax = size_t{4} << 20;

/// Thread-safe; each call is one transaction, durable when it returns.
class ControlLog {
 public:
  virtual ~ControlLog() = default;

  /// The events after a sequence in order, at most so many.
  virtual Result<std::vector<ControlEvent>> read(int64_t after, int64_t max) = 0;
  /// The events of one subject in order.
  virtual Result<std::vector<ControlEvent>> read_subject(const std::string& subject) = 0;
  /// The sequence of the last event; 0: there is none.
  virtual Result<int64_t> last() = 0;

  /// Writes all events or none. kConflict: `after` is not the last sequence, the token is not that of the newest lease, or
  /// some of the keys are there with other contents.
  virtual Result<AppendedEvents> append(int64_t after, int64_t token, const std::vector<ControlEvent>& events) = 0;

  /// Takes or prolongs the lease. kUnavailable: another holds it at `now`.
  virtual Result<ControlLease> acquire(const std::string& holder, EventTime now, Duration duration) = 0;
  /// Gives it back at once. A lease that went to another one is left alone.
  virtual Status release(const ControlLease& lease) = 0;
};

/// Opens the log in a file of SQLite, or makes it where it is not there. Its folder is there already. A file that is no
/// control log, of a later version, or damaged is an Error of the data, and stays as it is; a network file system, on which
/// locks and syncs do not hold, is one of the environment.
Result<std::unique_ptr<ControlLog>> open_control_log(const std::string& path);

}  // namespace headrace
