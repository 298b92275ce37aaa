#pragma once

/// The topics of an environment behind the server.

#include "app/server/served_features.h"
#include "brokers/kafka_feed.h"
#include "session/project/environment.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// Thread-safe.
class ServedTopics {
 public:
  /// The log lives longer.
  ServedTopics(ServedEnvironment environment, const EventLog& log) : environment_(std::move(environment)), log_(log) {}

  /// Reads the topic of each source with `stream.kafka` that runs and is not fed yet into the values, from where the
  /// positions of the log say, or from where it is to be read again; of an environment without `kafka` none. A broker that
  /// cannot be reached is told by the status, and tried again.
  Status feed(ServedFeatures& values) const;

  /// Which messages of a source's topic are read again from a time on, up to where its lanes are. Asks the broker.
  /// REQUIRES: the source is not fed.
  Result<SourceRewind> find_messages(const ServedFeatures& values, const std::string& source, EventTime time) const;

 private:
  std::optional<KafkaOptions> options_of(const PlanSource& source, const std::vector<LanePosition>& positions) const;
  Result<std::unique_ptr<EventFeed>> open_feed(const PlanSource& definition, KafkaOptions options,
                                               ServedFeatures& values) const;

  const ServedEnvironment environment_;
  const EventLog& log_;
  mutable std::mutex mutex_;  // one who feeds at a time
};

}  // namespace headrace
