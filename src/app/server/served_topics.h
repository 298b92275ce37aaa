#pragma once

/// The topics of an environment behind the server.

#include "app/server/served_features.h"
#include "session/project/environment.h"

#include <utility>
#include <vector>

namespace headrace {

class ServedTopics {
 public:
  /// The log's positions are read here, before anything feeds.
  static Result<ServedTopics> open(const ServedEnvironment& environment, const EventLog& log);

  /// Reads the topic of each source with `stream.kafka` that is not fed yet into the values, from where the positions say;
  /// of an environment without `kafka` none. A broker that cannot be reached is told by the status, and tried again.
  Status feed(ServedFeatures& values) const;

 private:
  ServedTopics(ServedEnvironment environment, std::vector<LanePosition> positions)
      : environment_(std::move(environment)), positions_(std::move(positions)) {}

  ServedEnvironment environment_;
  std::vector<LanePosition> positions_;  // those of a source change only once it is fed, and then it stays so
};

}  // namespace headrace
