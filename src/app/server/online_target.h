#pragma once

/// What an OnlineWriter keeps up to date with the rows of live features: a Redis, a file of values.
///
/// Its entities are numbered as in entities(). All is called by the writer's thread, but for what says otherwise.

#include "data/time.h"
#include "online_store/redis_store.h"
#include "session/live/live_features.h"

#include <string>
#include <vector>

namespace headrace {

class OnlineTarget {
 public:
  virtual ~OnlineTarget() = default;

  /// Of its kind, and where it is, for people. From any thread.
  virtual std::string name() const = 0;
  virtual std::string address() const = 0;
  /// Whose events count here. From any thread.
  virtual size_t follower() const = 0;

  /// Other definitions hold. Gives warnings for people.
  virtual Result<std::vector<std::string>> take_definitions(LiveFeatures& live) = 0;
  /// Of the plan: those whose rows are wanted.
  virtual const std::vector<size_t>& entities() const = 0;
  virtual size_t features(size_t entity) const = 0;

  /// Whether rows of before outlive other definitions and starts, so that those of a forgotten entity must be removed.
  virtual bool keeps_old_rows() const = 0;
  /// REQUIRES: keeps_old_rows().
  virtual Status remove(const std::string& entity, const std::vector<Value>& key) = 0;

  /// True: all rows are to be written. `elapsed_us`: of the clock.
  virtual Result<bool> begin_round(int64_t elapsed_us) = 0;
  /// After an Error rows may have been written or not. `now`: the clock.
  virtual Result<OnlineWrite> write(size_t entity, const ChangedRows& rows, EventTime now) = 0;
  /// All was written that had changed at an instant.
  virtual Status finish_round(const LiveFeatures& live, EventTime current_to) = 0;

  /// Ends what another thread waits for here. From any thread.
  virtual void interrupt() = 0;
};

}  // namespace headrace
