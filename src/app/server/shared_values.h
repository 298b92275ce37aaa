#pragma once

/// What a server knows of its values beside others of its environment: what of them is missing, how far they are behind the
/// topics, and where those end.

#include "app/server/served_features.h"
#include "app/server/served_topics.h"
#include "brokers/owner_membership.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Thread-safe.
class SharedValues {
 public:
  /// `history`: how far back values of past times are answered; nothing: as far as the longest window reaches. Topics and log
  /// live longer.
  /// `brokers`: where the group is.
  SharedValues(std::shared_ptr<ServedFeatures> values, const ServedTopics& topics, const EventLog& log,
               std::optional<Duration> history, std::string brokers)
      : values_(std::move(values)), topics_(topics), log_(log), history_(history), brokers_(std::move(brokers)) {}

  /// Events that windows need, and that their topics had not any more when this server came to read them; empty: none.
  std::string missing() const;
  /// Why values are not those of the topics yet: what is missing, or how much is to be read; empty: they are.
  std::string why_not() const;
  /// Why nothing should be read here: as why_not(), until all was read once; then what is missing.
  std::string not_ready();

  /// Of all topics with the brokers of the group: where they end, and up to where all is durable here.
  Result<std::vector<ShownOffset>> ends() const;
  Result<std::vector<ShownOffset>> positions() const;

 private:
  std::vector<KafkaOptions> topics_of_group() const;

  const std::shared_ptr<ServedFeatures> values_;  // shared with the server's requests
  const ServedTopics& topics_;
  const EventLog& log_;
  const std::optional<Duration> history_;
  const std::string brokers_;
  std::atomic<bool> was_read_ = false;
};

}  // namespace headrace
