#pragma once

/// How many events a second came over the last ten seconds. Not thread-safe.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace headrace {

class EventRate {
 public:
  /// `elapsed_us`: of Clock::elapsed_us(), which never goes back.
  void add(int64_t events, int64_t elapsed_us) {
    const int64_t second = elapsed_us / 1'000'000;
    Bucket& bucket = buckets_[static_cast<size_t>(second) % kSeconds];
    if (bucket.second != second) bucket = {second, 0};
    bucket.events += events;
    first_ = std::min(first_, second);
  }

  double per_second(int64_t elapsed_us) const {
    const int64_t now = elapsed_us / 1'000'000;
    int64_t events = 0;
    for (const Bucket& bucket : buckets_) {
      if (now - bucket.second < static_cast<int64_t>(kSeconds)) events += bucket.events;
    }
    const int64_t seconds = std::min<int64_t>(kSeconds, now - std::min(first_, now) + 1);
    return static_cast<double>(events) / static_cast<double>(seconds);
  }

 private:
  static constexpr size_t kSeconds = 10;
  struct Bucket {
    int64_t second = INT64_MIN / 2;
    int64_t events = 0;
  };

  std::array<Bucket, kSeconds> buckets_;
  int64_t first_ = INT64_MAX;
};

}  // namespace headrace
