#pragma once

/// Messages that a topic had not any more when this server came to read them, noted in its log.
///
/// Whoever begins a store from a topic has only what the broker still keeps. Whether what is gone is needed depends on the windows,
/// and on the day: so the gap is noted once, as the time of the first message that was there, and judged when it is asked.

#include "brokers/kafka_feed.h"
#include "engine/stream/event_feed.h"
#include "engine/stream/event_log.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

struct TopicGap {
  std::string source;
  std::string place;  // for people: of which messages
  EventTime to;       // by the broker's times, all that is missing was before
};

Result<std::vector<TopicGap>> gaps_of(const EventLog& log);

/// The feed of a topic of an environment that several servers keep: it looks for a gap before anything is read, and tells the
/// broker how far it is only where the group is its own.
class SharedFeed : public EventFeed {
 public:
  /// The log lives longer. `commits`: the offsets are shown at the broker from here.
  SharedFeed(std::unique_ptr<EventFeed> feed, KafkaOptions options, EventLog& log, bool commits)
      : feed_(std::move(feed)), options_(std::move(options)), log_(log), commits_(commits) {}

  Result<std::vector<FedEvents>> poll(Duration wait) override;
  void commit() override {
    if (commits_) feed_->commit();
  }
  bool wants_commit() const override { return commits_ && feed_->wants_commit(); }
  bool is_over() const override { return feed_->is_over(); }
  void stop() override;
  std::vector<FeedState> state() const override;

 private:
  Status find_gaps();
  Status note_gap(const std::string& lane, std::string place, EventTime to);

  const std::unique_ptr<EventFeed> feed_;
  const KafkaOptions options_;
  EventLog& log_;
  const bool commits_;
  std::atomic<bool> is_looked_at_ = false;
  std::atomic<bool> is_stopped_ = false;
  int64_t removed_ = 0;
  mutable std::mutex mutex_;
  std::string problem_;  // under the mutex
};

}  // namespace headrace
