#pragma once

/// Feeds the files of sources as if their events came now, with a clock of its own.
///
/// Rows come in their order of arrival (rows_by_arrival.h), over all sources merged by when they are due: at the newest event
/// time so far. The clock goes from the first event on, so many times as fast as the real one, or from event to event as
/// fast as they are taken in; it never passes an event that was not given out, and stands still behind the last one. So a
/// read at its time has all events up to it, however fast the replay is.

#include "base/clock.h"
#include "engine/stream/event_feed.h"
#include "io/files/bad_rows.h"
#include "io/files/file_source.h"
#include "session/job_progress.h"
#include "session/live/rows_by_arrival.h"
#include "session/project/session.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace headrace {

/// Thread-safe.
class ReplayClock : public Clock {
 public:
  /// `speed`: so many times the real one; nothing: as fast as it goes. The real clock lives longer.
  ReplayClock(std::optional<double> speed, const Clock& real) : speed_(speed), real_(real) {}

  int64_t now_us() const override;
  int64_t elapsed_us() const override { return real_.elapsed_us(); }

  /// Starts at a time.
  void begin(int64_t at);
  /// It stops there until another limit is set.
  void set_limit(int64_t limit) { limit_ = limit; }
  /// Where it would be without a limit; kTimeMax: anywhere.
  int64_t unlimited_us() const;
  /// How long in real time until it comes there.
  int64_t real_us_until(int64_t time) const;

 private:
  const std::optional<double> speed_;
  const Clock& real_;
  int64_t begin_ = 0;
  int64_t real_begin_ = 0;
  std::atomic<int64_t> limit_ = 0;
};

class Replay : public EventFeed {
 public:
  /// Opens the files of those sources of the plan that lie at or below `path`, a path in the working folder or a URL; empty:
  /// of all that have files. None is an Error. Reads up to the first events, where the clock begins; with a later `start` it runs from there on, after
  /// what was before, which is fed as fast as it goes. Rows that cannot be read are left out and counted.
  static Result<std::unique_ptr<Replay>> open(const Session& session, const std::string& path,
                                              std::optional<double> speed, std::optional<EventTime> start,
                                              const Clock& real = system_clock());

  const Clock& clock() const { return clock_; }
  /// The names of the sources, for display.
  std::vector<std::string> sources() const;
  /// Counts the rows that were given out.
  const JobProgress& progress() const { return progress_; }
  /// Rows that could not be read so far.
  int64_t bad_rows() const { return bad_rows_->row_count(); }

  Result<std::vector<FedEvents>> poll(Duration wait) override;
  bool is_over() const override { return is_over_; }
  void stop() override;
  std::vector<FeedState> state() const override;

 private:
  struct Fed {
    std::string name;
    std::unique_ptr<FileSource> files;
    std::unique_ptr<RowsByArrival> order;
    bool is_done = false;
  };

  Replay(std::optional<double> speed, const Clock& real) : clock_(speed, real) {}
  bool wait_for(int64_t due, Duration wait);

  ReplayClock clock_;
  std::unique_ptr<BadRows> bad_rows_;
  std::vector<Fed> fed_;
  JobProgress progress_;
  int64_t newest_ = kTimeMin;  // event time that was given out
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;
};

/// "60x" or "max"; others are an Error of usage.
Result<std::optional<double>> parse_replay_speed(const std::string& text);

}  // namespace headrace
