#include "engine/stream/group_commit.h"

#include "base/clock.h"

#include <utility>

namespace headrace {

GroupCommit::GroupCommit(EventLog& log, Took took)
    : log_(log), took_(std::move(took)), first_(log.next()), thread_([this] { work(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  added_.notify_all();
  thread_.join();
}

uint64_t GroupCommit::add(LoggedPush push) {
  const std::lock_guard lock(mutex_);
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
  uint64_t number;
  {
    const std::lock_guard lock(mutex_);
    number = added_number_;
  }
  return wait(number);
}

Status GroupCommit::wait(uint64_t number) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return durable_number_ >= number || failure_; });
  if (durable_number_ >= number) return {};
  return *failure_;
}

std::optional<Error> GroupCommit::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void GroupCommit::work() {
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
    const Status status = log_.append(group);
    if (took_) took_({group, system_clock().elapsed_us() - start_us, thread_cpu_ns() - start_ns});
    lock.lock();
    if (status.ok()) {
      durable_number_ = last;
    } else {
      failure_ = status.error();
    }
    done_.notify_all();
  }
}

}  // namespace headrace
