#include "app/server/checkpoints.h"

#include "app/command_line.h"

#include <fmt/format.h>

#include <chrono>

namespace headrace {

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
  while (!ends_.wait_for(lock, std::chrono::microseconds(every_.us), [&] { return is_ending_; })) {
    lock.unlock();
    save();
    lock.lock();
  }
}

/// A checkpoint that cannot be written loses nothing: the pushes are in the store.
void Checkpoints::save() {
  const Status saved = features_->save();
  if (!saved.ok()) report_warning(fmt::format("no checkpoint was made: {}", saved.error().message()));
}

}  // namespace headrace
