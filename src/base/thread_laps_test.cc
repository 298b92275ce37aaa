#include "base/thread_laps.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>
#include <vector>

namespace headrace {
namespace {

/// Uses the processor for at least so long.
void use_cpu_ns(int64_t ns) {
  const int64_t end = thread_cpu_ns() + ns;
  while (thread_cpu_ns() < end) {
  }
}

TEST(ThreadLaps, WhatALapHasUsedIsItsAccounts) {
  const auto accounts = std::make_shared<CpuAccounts>(3);
  {
    ThreadLaps laps;
    laps.begin(accounts);
    for (int i = 0; i < 20; ++i) {
      use_cpu_ns(1'000'000);
      laps.end_lap(1);
      use_cpu_ns(200'000);
      laps.end_lap(2);
    }
  }
  EXPECT_GT(accounts->ns(1), accounts->ns(2));
  EXPECT_GT(accounts->ns(2), 0);
}

TEST(ThreadLaps, NoTimeIsPaidTwice) {
  const auto accounts = std::make_shared<CpuAccounts>(50);
  const int64_t before_ns = thread_cpu_ns();
  {
    ThreadLaps laps;
    laps.begin(accounts);
    for (size_t i = 0; i < 100'000; ++i) laps.end_lap(i % 50);
  }
  const int64_t used_ns = thread_cpu_ns() - before_ns;
  int64_t paid_ns = 0;
  for (size_t account = 0; account < 50; ++account) paid_ns += accounts->ns(account);
  EXPECT_LE(paid_ns, used_ns);
  EXPECT_GT(paid_ns, 0);
}

TEST(ThreadLaps, ALongPauseIsNobodys) {
  constexpr int64_t kPauseNs = 50'000'000;
  const auto accounts = std::make_shared<CpuAccounts>(1);
  {
    ThreadLaps laps;
    laps.begin(accounts);
    laps.end_lap(0);
    use_cpu_ns(kPauseNs);
    laps.begin(accounts);
    laps.end_lap(0);
  }
  EXPECT_LT(accounts->ns(0), kPauseNs);
}

TEST(ThreadLaps, AccountsLiveAsLongAsTimeIsOwedToThem) {
  auto first = std::make_shared<CpuAccounts>(1);
  const auto second = std::make_shared<CpuAccounts>(1);
  const std::weak_ptr<CpuAccounts> seen = first;
  ThreadLaps laps;
  laps.begin(first);
  laps.end_lap(0);
  first.reset();
  laps.begin(second);
  laps.end_lap(0);
  EXPECT_FALSE(seen.expired());
  for (int i = 0; i < 8; ++i) laps.begin(std::make_shared<CpuAccounts>(1));
  EXPECT_TRUE(seen.expired());
}

TEST(ThreadLaps, ALapOfSeveralAccountsIsDivided) {
  const auto accounts = std::make_shared<CpuAccounts>(3);
  {
    ThreadLaps laps;
    laps.begin(accounts);
    use_cpu_ns(3'000'000);
    laps.end_lap(std::vector<size_t>{0, 1}, 1);
  }
  EXPECT_GT(accounts->ns(1), 1'000'000);
  EXPECT_LE(std::abs(accounts->ns(1) - accounts->ns(2)), 10);
  EXPECT_EQ(accounts->ns(0), 0);
}

TEST(ThreadLaps, ThreadsShareAccounts) {
  const auto accounts = std::make_shared<CpuAccounts>(1);
  const auto work = [&] {
    ThreadLaps laps;
    laps.begin(accounts);
    use_cpu_ns(2'000'000);
    laps.end_lap(0);
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_GT(accounts->ns(0), 3'000'000);
}

}  // namespace
}  // namespace headrace
