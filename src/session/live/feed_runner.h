#pragma once

/// Takes what a feed brings, from a thread of its own, until it is stopped, the feed is over, or something failed.

#include "engine/stream/event_feed.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace headrace {

/// state() and failure() are thread-safe.
class FeedRunner {
 public:
  /// Takes events in, which become durable soon, in their order; without events, lets the clock move on.
  using Take = std::function<Status(std::span<const FedEvents>)>;
  /// Waits until all that was taken is durable.
  using WaitForTaken = std::function<Status()>;
  /// Called once, from the thread, when nothing more will come by itself: the feed is over, or failed.
  using Ended = std::function<void(const Status&)>;

  FeedRunner(std::unique_ptr<EventFeed> feed, Take take, WaitForTaken wait, Ended ended);
  /// Stops the feed and waits until what it brought is taken and durable.
  ~FeedRunner();
  FeedRunner(const FeedRunner&) = delete;
  FeedRunner& operator=(const FeedRunner&) = delete;

  /// Of the sources that are fed, with the failure where there was one.
  std::vector<FeedState> state() const;
  /// Nothing more comes by itself.
  bool has_failed() const;

 private:
  void run();
  Status feed();

  const std::unique_ptr<EventFeed> feed_;
  const Take take_;
  const WaitForTaken wait_;
  const Ended ended_;
  std::atomic<bool> is_stopping_ = false;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::thread thread_;
};

}  // namespace headrace
