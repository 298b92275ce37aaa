#pragma once

/// Counts the bytes that the engine holds. Thread-safe.

#include <atomic>
#include <cstdint>
#include <utility>

namespace headrace {

class MemoryTracker {
 public:
  void add(int64_t bytes) {
    const int64_t now = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    int64_t seen = bytes_max_.load(std::memory_order_relaxed);
    while (now > seen && !bytes_max_.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
    }
  }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t bytes_max() const { return bytes_max_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> bytes_max_{0};
};

/// Bytes counted while this object lives. Movable.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  MemoryReservation(MemoryTracker* tracker, int64_t bytes) : tracker_(tracker), bytes_(bytes) { tracker_->add(bytes_); }
  MemoryReservation(MemoryReservation&& other) noexcept
      : tracker_(std::exchange(other.tracker_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    std::swap(tracker_, other.tracker_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryReservation() {
    if (tracker_ != nullptr) tracker_->add(-bytes_);
  }

 private:
  MemoryTracker* tracker_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace headrace
