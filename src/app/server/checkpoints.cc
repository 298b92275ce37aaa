#include "app/server/checkpoints.h"

#include "app/command_line.h"
#include "app/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace headrace {
namespace {

constexpr Duration kLookEvery{5 * kMicrosPerSecond};

}  // namespace

Checkpoints::Checkpoints(std::shared_ptr<ServedFeatures> features, Duration every)
    : features_(std::move(features)), every_(every), thread_([this] { work(); }) {}

Checkpoints::~Checkpoints() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  ends_.notify_all();
  thread_.join();
  save();
}

void Checkpoints::work() {
  std::unique_lock lock(mutex_);
  const int64_t look_us = std::min(every_.us, kLookEvery.us);
  int64_t since_us = 0;  // the last save
  bool helps = true;     // to save before it is time, since what is cold leaves memory then
  while (!ends_.wait_for(lock, std::chrono::microseconds(look_us), [&] { return is_ending_; })) {
    since_us += look_us;
    lock.unlock();
    const bool is_time = since_us >= every_.us;
    if (is_time || (helps && excess() > 0)) {
      const int64_t before = excess();
      save();
      since_us = 0;
      const int64_t after = excess();
      helps = is_time || after < before;
      if (after == 0 || after >= before) tell_memory();
    }
    lock.lock();
  }
}

/// By how much the states are larger than they may be.
int64_t Checkpoints::excess() const {
  const std::optional<MemoryUse> use = features_->memory_use();
  return use ? std::max<int64_t>(0, use->bytes - use->bytes_max) : 0;
}

/// Nothing is refused: what is asked for, or may still change, stays in memory.
void Checkpoints::tell_memory() {
  const std::optional<MemoryUse> use = features_->memory_use();
  const bool is_over = use && use->bytes > use->bytes_max;
  if (is_over && !has_warned_) {
    report_warning(fmt::format(
        "the states that are in use take {}, more than the {} of --memory; nothing is refused: give more memory, or a "
        "shorter --history, of which all events are in memory",
        byte_count(use->bytes), byte_count(use->bytes_max)));
  }
  has_warned_ = is_over;
}

/// A checkpoint that cannot be written loses nothing: the pushes are in the store.
void Checkpoints::save() {
  const Status saved = features_->save();
  if (!saved.ok()) report_warning(fmt::format("no checkpoint was made: {}", saved.error().message()));
}

}  // namespace headrace
