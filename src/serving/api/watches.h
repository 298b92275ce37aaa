#pragma once

/// Tells clients values as they change: each watch is a read that is repeated, of which the client gets what is different.
///
///   event: values
///   data: {"as_of": .., "entity": {"pump_id": "p7"}, "values": [{"feature": "flow_mean", "value": 3.0, ..}]}
///
///   : alive                        a comment, so that both sides notice when the other is gone
///
///   event: end
///   data: {"code": "too_slow", "message": .., "help": ..}
///
/// The first event of an entity has all values. One thread reads for all watches in turn, so that a change is told after two
/// rounds at most; it rests between rounds at least as long as a round took, so that watches never take more than half of a
/// core from reads. A watch that would have to wait for a disk leaves the rounds until it was read by another thread.

#include "base/clock.h"
#include "serving/api/live_values.h"
#include "serving/http/http_message.h"

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace headrace {

struct WatchLimits {
  size_t values_max = 10'000;                 // features × entities of one watch
  size_t bytes_waiting_max = 256 << 10;       // for one client; beyond: it is told, and let go
  Duration look_every{25'000};                // the shortest time between two rounds
  Duration heartbeat{15 * kMicrosPerSecond};  // the longest time without a word
};

/// Thread-safe.
class Watches {
 public:
  /// REQUIRES: the clock lives longer.
  Watches(const Clock& clock, WatchLimits limits);
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  /// Tells the stream the values of the request from now on. The first reading is the caller's, of the same request.
  /// `begun_at` is epoch() before the caller was let in: where watches have been ended since, this one ends too.
  void begin(int64_t begun_at, std::shared_ptr<LiveValues> live, ReadRequest request, const ReadAnswer& first,
             std::shared_ptr<HttpStream> stream);
  /// Ends all watches with this reason, and those that are about to begin.
  void end_all(const ApiError& reason);
  /// How often all were ended.
  int64_t epoch() const { return epoch_; }

  const WatchLimits& limits() const { return limits_; }
  int64_t open() const;
  /// Clients that were let go for being slow.
  int64_t dropped() const;

 private:
  struct Watch {
    std::shared_ptr<LiveValues> live;  // shared with the server's state
    ReadRequest request;
    std::shared_ptr<HttpStream> stream;
    std::vector<std::vector<ServedValue>> told;  // by entity, then feature
    int64_t told_at_us = 0;                      // when something was last sent
  };

  enum class Look { kGoesOn, kHasEnded, kWaits };

  void work();
  void work_on_waiting();
  void end_those_of(int64_t epoch, std::list<Watch>& watches);
  Look look(Watch& watch, bool may_wait);
  static void end(Watch& watch, const ApiError& reason);
  bool tell(Watch& watch, std::string text);
  bool tell_changes(Watch& watch, const ReadAnswer& answer);

  static constexpr int kWaitingThreads = 4;

  const Clock& clock_;
  const WatchLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch> watches_;  // those in work are taken out
  std::list<Watch> waiting_;  // for a disk; likewise
  size_t in_work_ = 0;
  int64_t dropped_ = 0;
  std::optional<ApiError> end_reason_;  // the last one
  std::atomic<int64_t> epoch_ = 0;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace headrace
