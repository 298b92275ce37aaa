#include "base/clock.h"

#include <chrono>
#include <ctime>

namespace headrace {
namespace {

class SystemClock : public Clock {
 public:
  int64_t now_us() const override { return micros(std::chrono::system_clock::now()); }
  int64_t elapsed_us() const override { return micros(std::chrono::steady_clock::now()); }

 private:
  template <typename TimePoint>
  static int64_t micros(TimePoint point) {
    return std::chrono::duration_cast<std::chrono::microseconds>(point.time_since_epoch()).count();
  }
};

int64_t cpu_ns(clockid_t clock) {
  timespec used{};
  ::clock_gettime(clock, &used);
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

int64_t steady_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

constexpr int64_t kMicrosInSecond = 1'000'000;
constexpr int64_t kTickUs = 1000;
constexpr int64_t kWaitMaxUs = 2 * kMicrosInSecond;

/// The clock that files get their times from: it goes on with each tick.
int64_t file_clock_us() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * kMicrosInSecond + now.tv_nsec / 1000;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

int64_t thread_cpu_ns() { return cpu_ns(CLOCK_THREAD_CPUTIME_ID); }

int64_t process_cpu_ns() { return cpu_ns(CLOCK_PROCESS_CPUTIME_ID); }

uint64_t clock_ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<uint64_t>(steady_ns());
#endif
}

double ns_of_ticks(uint64_t ticks) {
  struct Moment {
    uint64_t ticks = clock_ticks();
    int64_t ns = steady_ns();
  };
  static const Moment first;
  const Moment now;
  // Right after the first call there is nothing to measure by: processors count two to three ticks a nanosecond.
  const double rate =
      now.ns > first.ns ? static_cast<double>(now.ns - first.ns) / static_cast<double>(now.ticks - first.ticks) : 0.4;
  return rate * static_cast<double>(ticks);
}

void wait_for_later_file_times(int64_t changed_us) {
  const bool counts_seconds = changed_us % kMicrosInSecond == 0;
  const int64_t last_us = counts_seconds ? changed_us + kMicrosInSecond - 1 : changed_us;
  if (last_us - file_clock_us() >= kWaitMaxUs) return;
  while (file_clock_us() <= last_us) {
    const int64_t until_us = last_us + kTickUs;
    const timespec until{.tv_sec = until_us / kMicrosInSecond, .tv_nsec = until_us % kMicrosInSecond * 1000};
    ::clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, nullptr);
  }
}

}  // namespace headrace
