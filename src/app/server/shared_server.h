#pragma once

/// A server that shares its environment with others, put together: its values as part of them, and the ownership.

#include "app/server/ownership.h"
#include "app/server/server_role.h"
#include "app/server/shared_values.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

class SharedServer {
 public:
  struct Options {
    ServerRole role = ServerRole::kStandby;
    std::string listen;  // where it listens; empty: not given
    std::optional<Duration> history;
  };

  /// Null for a server that is alone, or replays. Lets the values tell of it. Topics, log and clock live longer.
  static Result<std::unique_ptr<SharedServer>> open(const Options& options, const ServedEnvironment& environment,
                                                    const std::shared_ptr<ServedFeatures>& values,
                                                    const ServedTopics* topics, const EventLog* log,
                                                    const Clock& clock);

  /// Null for a replica, which is never the owner.
  Ownership* ownership() { return ownership_.get(); }
  /// Takes part from now on.
  void begin() {
    if (ownership_) ownership_->begin();
  }

 private:
  SharedServer(std::shared_ptr<ServedFeatures> values, const ServedTopics& topics, const EventLog& log,
               const Options& options, std::string brokers)
      : values_(std::move(values), topics, log, options.history, std::move(brokers)) {}

  SharedValues values_;
  std::unique_ptr<Ownership> ownership_;
};

}  // namespace headrace
