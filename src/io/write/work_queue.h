#pragma once

/// Threads that take work from a bounded queue, first in, first out.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace headrace {

/// With no threads the work is done by the caller of submit; so it is where the system refuses one of them, since it
/// will have little to give to the others. The destructor finishes what was submitted.
///
/// Thread-safe. Work must not submit work: the queue may be full.
class WorkQueue {
 public:
  /// At most `waiting_max` pieces of work wait; submit blocks until there is room, which bounds the memory that they
  /// hold.
  WorkQueue(int threads, size_t waiting_max);
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  void submit(std::function<void()> work);
  /// Returns when all that was submitted is done.
  void drain();
  /// Nanoseconds of a processor that its threads took so far for work that is done; what callers do themselves is not in it.
  int64_t cpu_ns() const { return cpu_ns_; }

 private:
  void run();
  /// Finishes what was submitted and ends the threads.
  void stop();

  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable has_work_, has_room_, is_idle_;
  std::deque<std::function<void()>> waiting_;
  size_t running_ = 0;
  bool stopping_ = false;
  std::atomic<int64_t> cpu_ns_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace headrace
