#pragma once

/// The only place that reads a clock. Code takes a Clock, so that tests can give it a time of their own.

#include <cstdint>

namespace headrace {

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Microseconds since 1970-01-01T00:00:00Z by the clock on the wall, which can jump.
  virtual int64_t now_us() const = 0;
  /// Microseconds since some moment, never going back: for measuring how long something takes.
  virtual int64_t elapsed_us() const = 0;
};

/// The clocks of the system.
const Clock& system_clock();

/// Nanoseconds of a processor that the calling thread has had, and all threads of the process. Asking takes half a microsecond.
int64_t thread_cpu_ns();
int64_t process_cpu_ns();

/// A count that rises evenly with time, at a rate of the machine; asking takes some ten nanoseconds.
uint64_t clock_ticks();
/// How long so many ticks are, measured since the first call.
double ns_of_ticks(uint64_t ticks);

/// Returns once a file that is changed from now on gets a later time of change than `changed_us`, the newest time of files
/// that have been looked at: after a tick of the system, or a second where the file system counts seconds. At once for
/// times of the past, and for those far ahead, which belong to another machine's clock.
void wait_for_later_file_times(int64_t changed_us);

}  // namespace headrace
