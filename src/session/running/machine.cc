#include "session/running/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

namespace headrace {
namespace {

/// The first word of a file of the control group; empty where there is none.
std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

int64_t limit_in(const std::string& path) {
  const std::string word = first_word(path);
  int64_t limit = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), limit);
  return error == std::errc() && end == word.data() + word.size() ? limit : std::numeric_limits<int64_t>::max();
}

/// The quota of version 2 ("MAX PERIOD" in microseconds) in processors; 0 where there is none.
int quota_threads() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return 0;
  return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

}  // namespace

int usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int threads = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
  if (threads < 1) threads = static_cast<int>(std::max<long>(1, sysconf(_SC_NPROCESSORS_ONLN)));
  const int quota = quota_threads();
  return quota > 0 ? std::min(threads, quota) : threads;
}

int64_t usable_memory_bytes() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES);
  const int64_t page_bytes = sysconf(_SC_PAGE_SIZE);
  int64_t bytes = pages > 0 && page_bytes > 0 ? pages * page_bytes : int64_t{2} << 30;
  bytes = std::min(bytes, limit_in("/sys/fs/cgroup/memory.max"));
  return std::min(bytes, limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
}

int64_t resident_bytes_max() {
  // Not from getrusage: its maximum outlives exec, so that the parent's size would be told as this process's.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace headrace
