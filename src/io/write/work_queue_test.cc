#include "io/write/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>

namespace headrace {
namespace {

TEST(WorkQueueTest, DoesAllWorkOnce) {
  for (int threads : {0, 1, 4}) {
    std::vector<std::atomic<int>> done(200);
    {
      WorkQueue queue(threads, 3);
      for (size_t i = 0; i < 100; ++i) queue.submit([&done, i] { ++done[i]; });
      queue.drain();
      for (size_t i = 0; i < 100; ++i) EXPECT_EQ(done[i], 1);
      for (size_t i = 100; i < 200; ++i) queue.submit([&done, i] { ++done[i]; });
    }
    for (const std::atomic<int>& count : done) EXPECT_EQ(count, 1);
  }
}

TEST(WorkQueueTest, DrainsWhenIdle) {
  WorkQueue queue(2, 1);
  queue.drain();
}

}  // namespace
}  // namespace headrace
