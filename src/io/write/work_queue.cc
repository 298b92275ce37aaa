#include "io/write/work_queue.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/threads.h"

#include <algorithm>
#include <utility>

namespace headrace {

WorkQueue::WorkQueue(int threads, size_t waiting_max) : waiting_max_(waiting_max) {
  CHECK(waiting_max > 0);
  threads_ = start_threads(threads, [this] { run(); });
  if (threads_.size() < static_cast<size_t>(std::max(threads, 0))) stop();
}

WorkQueue::~WorkQueue() { stop(); }

void WorkQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkQueue::submit(std::function<void()> work) {
  if (threads_.empty()) return work();
  std::unique_lock lock(mutex_);
  has_room_.wait(lock, [this] { return waiting_.size() < waiting_max_; });
  waiting_.push_back(std::move(work));
  lock.unlock();
  has_work_.notify_one();
}

void WorkQueue::drain() {
  std::unique_lock lock(mutex_);
  is_idle_.wait(lock, [this] { return waiting_.empty() && running_ == 0; });
}

void WorkQueue::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    {
      const std::function<void()> work = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      lock.unlock();
      has_room_.notify_one();
      const int64_t start_ns = thread_cpu_ns();
      work();
      cpu_ns_ += thread_cpu_ns() - start_ns;
    }
    lock.lock();
    --running_;
    if (waiting_.empty() && running_ == 0) is_idle_.notify_all();
  }
}

}  // namespace headrace
