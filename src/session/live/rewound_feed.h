#pragma once

/// A feed that brings messages again which it brought before: those that were left out pass, to be judged again, and those
/// that were taken in do not.
///
///   lane of the topic    first ─────────────── end ──────────>
///                        passes: what lies in    all of it comes
///                        the side output         for the first time
///
/// What was taken in is known by lane and offset: everything before `end` but what the side output has. The positions of the
/// lanes stay at their ends meanwhile, so that a start in the middle begins the rewind anew and forgets nothing; what was judged
/// again is no longer in the side output as it was, in the same write, and so is judged again once.
///
/// Not thread-safe, but for state() and stop().

#include "engine/stream/event_feed.h"
#include "session/live/source_states.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace headrace {

class RewoundFeed : public EventFeed {
 public:
  /// Called once, when all that was read again is durable.
  using Done = std::function<void()>;

  /// `feed` is of one source and begins at the lanes' first offsets; `left_out` is what the side output has of it.
  RewoundFeed(std::unique_ptr<EventFeed> feed, const SourceRewind& rewind, const std::vector<LeftOutEvent>& left_out,
              Done done);

  Result<std::vector<FedEvents>> poll(Duration wait) override;
  void commit() override;
  bool wants_commit() const override { return !is_done_ || feed_->wants_commit(); }
  bool is_over() const override { return feed_->is_over(); }
  void stop() override { feed_->stop(); }
  std::vector<FeedState> state() const override;

 private:
  struct Lane {
    int64_t next = 0;
    int64_t end = 0;
    std::string position;  // at the end
    bool is_over() const { return next >= end; }
  };
  struct LeftOut {
    std::vector<LeftOutPlace> places;  // more than one where more than one thing was wrong
    LeftOutEvent::Reason reason = LeftOutEvent::Reason::kLate;
  };

  void split(FedEvents fed, Lane& lane, std::vector<FedEvents>& out);

  const std::unique_ptr<EventFeed> feed_;
  const Done done_;
  std::map<uint32_t, Lane> lanes_;
  std::map<std::pair<uint32_t, int64_t>, LeftOut> left_out_;  // by lane and offset
  bool is_done_ = false;
  mutable std::mutex mutex_;
  RewindState progress_;  // under the mutex
};

/// All that the side output of a source has, without their texts.
Result<std::vector<LeftOutEvent>> places_left_out(const EventLog& log, const std::string& source);

}  // namespace headrace
