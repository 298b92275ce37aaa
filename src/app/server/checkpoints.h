#pragma once

/// Saves the states of a server now and then, and once more at the end, so that the next start is short. Earlier where they take
/// more than they may: what is cold leaves memory with a save.

#include "app/server/served_features.h"
#include "data/time.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace headrace {

class Checkpoints {
 public:
  Checkpoints(std::shared_ptr<ServedFeatures> features, Duration every);
  /// Saves for the last time.
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

 private:
  void work();
  void save();
  int64_t excess() const;
  void tell_memory();

  const std::shared_ptr<ServedFeatures> features_;
  const Duration every_;
  bool has_warned_ = false;  // that all is too large
  std::mutex mutex_;
  std::condition_variable ends_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace headrace
