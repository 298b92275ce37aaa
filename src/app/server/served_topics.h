#pragma once

/// The topics and subscriptions of an environment behind the server.

#include "app/server/served_features.h"
#include "app/server/server_role.h"
#include "brokers/kafka_feed.h"
#include "brokers/kafka_offsets.h"
#include "brokers/pubsub_feed.h"
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
  ServedTopics(ServedEnvironment environment, ServerRole role, EventLog& log)
      : environment_(std::move(environment)), role_(role), log_(log) {}

  /// Reads the topic of each source with `stream.kafka` that runs and is not fed yet into the values, from where the
  /// positions of the log say, or from where it is to be read again; of an environment without `kafka` none. Likewise the
  /// subscription of each source with `stream.pubsub`, of an environment with `pubsub`. A broker that cannot be reached is
  /// told by the status, and tried again.
  Status feed(ServedFeatures& values) const;

  /// What a feed of a source is made from of its definition; with another text it is another feed. Empty: it is read from nowhere
  /// here.
  std::string reading_of(const PlanSource& source) const;
  /// Whether it could be fed.
  Status check(const PlanSource& source, ServedFeatures& values) const;

  /// Which messages of a source's topic are read again from a time on, up to where its lanes are. Asks the broker.
  /// REQUIRES: the source is not fed.
  Result<SourceRewind> find_messages(const ServedFeatures& values, const std::string& source, EventTime time) const;

  /// From when on the topic of a source is complete. Asks the broker. kUsage where it is read from none here.
  Result<CompleteTopic> complete_from(const PlanSource& source) const;

  /// Of each source that is read from a topic here, without positions.
  std::vector<KafkaOptions> topics(const ServedFeatures& values) const;

 private:
  std::optional<KafkaOptions> options_of(const PlanSource& source, const std::vector<LanePosition>& positions) const;
  Result<std::unique_ptr<EventFeed>> open_feed(const PlanSource& definition, KafkaOptions options,
                                               ServedFeatures& values) const;
  Result<std::optional<PubSubOptions>> subscription_options(const PlanSource& source) const;
  Status feed_subscription(const PlanSource& source, ServedFeatures& values) const;

  const ServedEnvironment environment_;
  const ServerRole role_;
  EventLog& log_;
  mutable std::mutex mutex_;  // one who feeds at a time
};

}  // namespace headrace
