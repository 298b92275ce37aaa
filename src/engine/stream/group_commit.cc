#include "engine/stream/group_commit.h"

#include "base/clock.h"
#include "base/kill_point.h"

#include <chrono>
#include <utility>

namespace headrace {

GroupCommit::GroupCommit(EventLog& log, Took took, std::optional<Duration> sync_every)
    : log_(log), took_(std::move(took)), sync_every_(sync_every), first_(log.next()) {
  appender_ = std::thread([this] { append_all(); });
  if (sync_every_) syncer_ = std::thread([this] { sync_now_and_then(); });
}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  added_.notify_all();
  appender_.join();
  {
    const std::lock_guard lock(mutex_);
    is_appended_ = true;
  }
  appended_.notify_all();
  if (syncer_.joinable()) syncer_.join();
}

uint64_t GroupCommit::add(LoggedPush push) {
  const std::lock_guard lock(mutex_);
  unappended_bytes_ += push.records.size();
  waiting_.push_back(std::move(push));
  added_.notify_one();
  return ++added_number_;
}

uint64_t GroupCommit::next() const {
  const std::lock_guard lock(mutex_);
  return first_ + added_number_;
}

uint64_t GroupCommit::durable() const {
  const std::lock_guard lock(mutex_);
  return first_ + durable_number_;
}

Status GroupCommit::flush() {
  std::unique_lock lock(mutex_);
  const uint64_t number = added_number_;
  is_sync_wanted_ = durable_number_ < number;
  appended_.notify_all();
  done_.wait(lock, [&] { return durable_number_ >= number || failure_; });
  return durable_number_ >= number ? Status() : Status(*failure_);
}

Status GroupCommit::wait(uint64_t number) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return appended_number_ >= number || failure_; });
  if (appended_number_ >= number) return {};
  return *failure_;
}

Status GroupCommit::wait_for_all() {
  std::unique_lock lock(mutex_);
  const uint64_t number = added_number_;
  done_.wait(lock, [&] { return appended_number_ >= number || failure_; });
  return appended_number_ >= number ? Status() : Status(*failure_);
}

Status GroupCommit::wait_for_room(size_t bytes_max) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return unappended_bytes_ <= bytes_max || failure_; });
  return failure_ ? Status(*failure_) : Status();
}

std::optional<Error> GroupCommit::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void GroupCommit::append_all() {
  std::unique_lock lock(mutex_);
  while (true) {
    added_.wait(lock, [&] { return !waiting_.empty() || is_ending_; });
    if (waiting_.empty() || failure_) {
      waiting_.clear();
      if (is_ending_) return;
      continue;
    }

    const std::vector<LoggedPush> group = std::exchange(waiting_, {});
    const uint64_t last = added_number_;
    lock.unlock();
    const int64_t start_us = system_clock().elapsed_us();
    const int64_t start_ns = thread_cpu_ns();
    kill_point("push-taken");
    const Status status = log_.append(group);
    kill_point("push-appended");
    if (took_) took_({group, system_clock().elapsed_us() - start_us, thread_cpu_ns() - start_ns});
    lock.lock();
    for (const LoggedPush& push : group) unappended_bytes_ -= push.records.size();
    if (status.ok()) {
      appended_number_ = last;
      if (!sync_every_) durable_number_ = last;
    } else if (!failure_) {
      failure_ = status.error();
    }
    appended_.notify_all();
    done_.notify_all();
  }
}

/// The interval begins with the first push that is not durable.
void GroupCommit::sync_now_and_then() {
  std::unique_lock lock(mutex_);
  while (!failure_) {
    appended_.wait(lock, [&] { return appended_number_ > durable_number_ || is_appended_ || failure_; });
    if (failure_ || appended_number_ == durable_number_) return;
    appended_.wait_for(lock, std::chrono::microseconds(sync_every_->us), [&] {
      return (is_sync_wanted_ && appended_number_ == added_number_) || is_appended_ || failure_;
    });
    if (failure_) return;
    is_sync_wanted_ = false;
    const uint64_t last = appended_number_;
    lock.unlock();
    const int64_t start_us = system_clock().elapsed_us();
    const int64_t start_ns = thread_cpu_ns();
    kill_point("push-unsynced");
    const Status status = log_.sync();
    kill_point("push-synced");
    if (took_) took_({{}, system_clock().elapsed_us() - start_us, thread_cpu_ns() - start_ns});
    lock.lock();
    if (status.ok()) {
      durable_number_ = last;
    } else if (!failure_) {
      failure_ = status.error();
    }
    done_.notify_all();
  }
}

}  // namespace headrace
