#include "session/live/feed_runner.h"

namespace headrace {
namespace {

constexpr Duration kPollWait{500'000};

}  // namespace

FeedRunner::FeedRunner(std::unique_ptr<EventFeed> feed, Take take, WaitForTaken wait, Ended ended)
    : feed_(std::move(feed)), take_(std::move(take)), wait_(std::move(wait)), ended_(std::move(ended)), thread_([this] {
        run();
      }) {}

FeedRunner::~FeedRunner() {
  is_stopping_ = true;
  feed_->stop();
  thread_.join();
}

void FeedRunner::run() {
  Status status = feed();
  // Whoever goes on with the source begins at the positions that the log has.
  if (const Status durable = wait_(); status.ok()) status = durable;
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    failure_ = status.error();
  }
  if (!status.ok()) feed_->stop();  // nobody takes what it brings any more
  if (!status.ok() || feed_->is_over()) ended_(status);
}

Status FeedRunner::feed() {
  while (!is_stopping_ && !feed_->is_over()) {
    ASSIGN_OR_RETURN(const std::vector<FedEvents> events, feed_->poll(kPollWait));
    RETURN_IF_ERROR(take_(events));
    if (!events.empty() && !feed_->wants_commit()) continue;
    RETURN_IF_ERROR(wait_());
    feed_->commit();
  }
  return {};
}

bool FeedRunner::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

std::vector<FeedState> FeedRunner::state() const {
  std::vector<FeedState> states = feed_->state();
  const std::lock_guard lock(mutex_);
  if (failure_) {
    for (FeedState& each : states) each.problem = failure_->message();
  }
  return states;
}

}  // namespace headrace
