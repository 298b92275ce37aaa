#pragma once

/// A subscription of Google Pub/Sub as its feed needs it: messages as they come, acknowledgements, deadlines.
///
/// What speaks gRPC is a module of its own (pubsub/), which is loaded when a source is read from a subscription: its many
/// libraries would cost each run of the program some ten milliseconds.

#include "base/result.h"
#include "data/time.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

struct PubSubMessage {
  std::string ack_id;  // of this delivery
  std::string id;      // of the message, however often it is delivered
  std::string data;
};

struct PubSubConnection {
  std::string subscription;  // projects/PROJECT/subscriptions/NAME
  std::string endpoint;      // host:port
  bool is_plain = false;     // without TLS and without credentials: an emulator
  std::string credentials;   // JSON of a key; empty: Google's default credentials
  Duration deadline;         // within which a message is to be acknowledged, whole seconds from 10 to 600
  int64_t messages_max = 0;  // that may be delivered and neither acknowledged nor given back
  int64_t bytes_max = 0;     // of these
};

/// read() belongs to one thread, acknowledge() and set_deadline() to another; cancel() and is_connected() are thread-safe.
///
/// Errors say the reason of the service and a remedy: kUnavailable where the same may succeed later, kEnvironment where a
/// person has to do something first, kData where the service will never take these acknowledgements.
class PubSubSubscriber {
 public:
  virtual ~PubSubSubscriber() = default;

  /// Waits for messages, at least one. After an Error, such as the end of the stream, it may be called again and begins
  /// anew.
  virtual Result<std::vector<PubSubMessage>> read() = 0;
  /// Of at most a thousand deliveries, as each of these.
  virtual Status acknowledge(const std::vector<std::string>& ack_ids, Duration patience) = 0;
  /// From now on; 0 gives the messages back, so that they are delivered again.
  virtual Status set_deadline(const std::vector<std::string>& ack_ids, Duration deadline, Duration patience) = 0;
  /// Whether the service answers, as far as is known.
  virtual bool is_connected() const = 0;
  /// Ends a read() that waits, and each later one at once.
  virtual void cancel() = 0;
};

/// Contacts nobody yet. The module is looked for beside the program and in ../lib/headrace from there.
Result<std::unique_ptr<PubSubSubscriber>> open_pubsub_subscriber(const PubSubConnection& connection);

/// Where a subscriber is made in the module; the name goes up with each other form of what passes.
inline constexpr char kPubSubModuleFunction[] = "headrace_open_pubsub_1";
using OpenPubSubModule = PubSubSubscriber* (*)(const PubSubConnection&);

}  // namespace headrace
