#pragma once

/// A subscription of Google Pub/Sub as the feed of a source: one lane, its messages in the order in which they came first.
///
///   came ──> waiting ──poll()──> given out ──commit()──> durable ──the service takes the acknowledgement──> forgotten
///               └───────────────deadlines are extended────────────┘
///
/// The service has no offsets. A message has an id instead, which stays when it is delivered again; ids go with the events,
/// and whoever takes them knows what came before. A message is acknowledged after it is durable, never before, and
/// the acknowledgement is repeated until the service has taken it: what is delivered again meanwhile is told by this feed
/// itself. At the end what was not taken is given back.
///
/// The service cannot say that nothing is left, so the lane is never drained. The position of the lane is the subscription:
/// where it goes on is known there.
///
/// Not thread-safe, but for state() and stop().

#include "base/clock.h"
#include "brokers/pubsub_subscriber.h"
#include "engine/stream/event_feed.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace headrace {

struct PubSubOptions {
  std::string source;
  std::string subscription;  // projects/PROJECT/subscriptions/NAME
  std::string endpoint = "pubsub.googleapis.com:443";
  bool is_plain = false;    // see PubSubConnection
  std::string credentials;  // likewise
};

/// Contacts nobody yet: a service that cannot be reached, or that refuses, is part of the state(). A module that cannot be
/// loaded is an Error of the environment.
Result<std::unique_ptr<EventFeed>> open_pubsub_feed(const PubSubOptions& options, const Clock& clock = system_clock());

/// The connection of the options, with the feed's own limits.
PubSubConnection connection_of(const PubSubOptions& options);
/// The feed of a subscriber that is there.
std::unique_ptr<EventFeed> make_pubsub_feed(const PubSubOptions& options, std::unique_ptr<PubSubSubscriber> subscriber,
                                            const Clock& clock);

/// What stands for a message where an offset would: its id, which Google's service makes of digits, or a hash of another
/// text. Not negative.
int64_t number_of_message(std::string_view id);

}  // namespace headrace
