#pragma once

/// Makes pushes durable, those that come at the same time together: while one append is being synced, the next ones
/// gather.
///
///   sync        add ──append and sync──> acknowledged and durable
///   interval    add ──append──> acknowledged ──sync, at most every N ms──> durable
///
/// Of a machine that stops, an interval loses pushes that were acknowledged: those of the last N ms, and of the time that the
/// sync before takes; the log is then as it was at one moment before. A process that is killed loses none.
///
/// Thread-safe. After an append or a sync that failed nothing more is taken: every later call gives that error.

#include "data/time.h"
#include "engine/stream/event_log.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace headrace {

class GroupCommit {
 public:
  /// An append or a sync that was made.
  struct Append {
    std::span<const LoggedPush> pushes;  // none: a sync
    int64_t took_us = 0;
    int64_t cpu_ns = 0;  // nanoseconds of a processor that it took of the thread that made it
  };
  /// Called on that thread.
  using Took = std::function<void(const Append&)>;

  /// The log lives longer. `sync_every`: of a log whose appends do not sync.
  explicit GroupCommit(EventLog& log, Took took = {}, std::optional<Duration> sync_every = std::nullopt);
  /// Waits until everything is durable, or has failed.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Pushes become durable in the order of the calls. Returns the number to wait for.
  uint64_t add(LoggedPush push);
  /// The number that the log will give to the next push.
  uint64_t next() const;
  /// The number of the first push that is not durable yet.
  uint64_t durable() const;
  /// Returns when all pushes so far are durable.
  Status flush();
  /// Returns when the push of that number, and all before it, may be acknowledged.
  Status wait(uint64_t number);
  /// Returns when all pushes so far may be acknowledged.
  Status wait_for_all();
  /// Returns when the pushes that may not be acknowledged yet have at most so many bytes of events.
  Status wait_for_room(size_t bytes_max);
  /// The error after which nothing is taken any more.
  std::optional<Error> failure() const;

 private:
  void append_all();
  void sync_now_and_then();

  EventLog& log_;
  const Took took_;
  const std::optional<Duration> sync_every_;
  const uint64_t first_;  // the log's number of the first push
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::condition_variable appended_;
  std::condition_variable done_;
  std::vector<LoggedPush> waiting_;
  size_t unappended_bytes_ = 0;  // of these, and of those that are just being appended
  uint64_t added_number_ = 0;
  uint64_t appended_number_ = 0;
  uint64_t durable_number_ = 0;
  bool is_sync_wanted_ = false;
  std::optional<Error> failure_;
  bool is_ending_ = false;
  bool is_appended_ = false;  // all there will be
  std::thread appender_;
  std::thread syncer_;
};

}  // namespace headrace
