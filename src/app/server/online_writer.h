#pragma once

/// Keeps a store beside the server: writes the rows that changed, soon after they did.
///
///   LiveFeatures ──changed keys──> OnlineWriter ──rows──> OnlineTarget
///                <──not written───
///
/// Everything that waits for the store does so on the one thread here: pushes and reads never do. What it does not take stays
/// noted as keys, whose values are read when it takes them. A row is written when all that it shows is durable.

#include "app/server/online_target.h"
#include "app/server/ownership.h"
#include "app/server/served_features.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

namespace headrace {

class OnlineWriter {
 public:
  /// `refresh`: how late a row may be. The clock is that of the features. `ownership`: of a store that several servers keep in
  /// turn, it lives longer; null: nobody else writes there.
  OnlineWriter(std::shared_ptr<ServedFeatures> features, std::unique_ptr<OnlineTarget> target, Duration refresh,
               const Clock& clock, Ownership* ownership);
  /// Writes what is left, if the store takes it at once.
  ~OnlineWriter();
  OnlineWriter(const OnlineWriter&) = delete;
  OnlineWriter& operator=(const OnlineWriter&) = delete;

  /// Thread-safe.
  OnlineStoreStatus status() const;

 private:
  void work();
  bool is_others_turn() const { return ownership_ != nullptr && !ownership_->may_write(); }
  Result<std::shared_lock<std::shared_mutex>> hold();
  Status write_round();
  Status remove_forgotten(const LiveFeatures& live);
  Status take_definitions(const std::shared_ptr<LiveFeatures>& live);
  Status write_entity(LiveFeatures& live, size_t entity, size_t due);
  Result<size_t> write_rows(LiveFeatures& live, size_t entity, size_t max);
  void note(const Status& status);
  void warn_of_refused(const OnlineWrite& write);
  bool is_ending() const;

  const std::shared_ptr<ServedFeatures> features_;
  const std::unique_ptr<OnlineTarget> target_;
  const Duration refresh_;
  const Clock& clock_;
  Ownership* const ownership_;

  // Of the thread:
  std::weak_ptr<LiveFeatures> written_;  // whose rows are written
  bool has_warned_of_refused_ = false;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable ends_;
  bool is_ending_ = false;
  bool is_over_ = false;
  int64_t ending_since_us_ = 0;
  OnlineStoreStatus status_;
  std::optional<int64_t> tried_since_us_;  // elapsed time when the oldest of the rows changed that are not written yet
  std::thread thread_;
};

}  // namespace headrace
