#pragma once

/// A topic of Apache Kafka as the feed of a source: each partition is a lane, its messages in order of their offsets.
///
///   position of a lane      "OFFSET TOPIC": the offset after the events, and of which topic
///
/// The feed assigns all partitions to itself and begins each where its position says, or at the topic's begin. What is
/// committed at the broker is for displays of lag there and is never read. A message is an event, whatever is in it; one
/// without a value is unreadable.
///
/// With a decoder messages become lines of JSON here, once: what is kept needs no schema any more. One that cannot be decoded is
/// a line too, with the reason (undecoded_message.h). While the decoder lacks something, its message waits, and so does all that
/// is behind it: no lane is drained, and the state has the problem.
///
/// A lane is drained when the broker said so: at the end of the partition, and again every few seconds after it. As soon as
/// the broker does not answer, no lane is.
///
/// Not thread-safe, but for state() and stop().

#include "base/clock.h"
#include "brokers/message_decoder.h"
#include "engine/stream/event_feed.h"
#include "engine/stream/event_log.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct KafkaOptions {
  std::string source;
  std::string topic;
  std::string brokers;  // host:port, several by commas
  std::string group = "headrace";
  std::map<std::string, std::string> settings;  // of librdkafka, such as security.protocol
  std::vector<LanePosition> positions;          // where lanes go on; others begin at the begin
  /// How often the broker is asked follows from it; nothing: never idle.
  std::optional<Duration> idle_after = Duration{30'000'000};
};

/// Contacts nobody yet: a broker that cannot be reached is part of the state(). A setting that is unknown, or that would
/// break what this feed promises, is an Error of usage. Without a decoder (null) messages are JSON.
Result<std::unique_ptr<EventFeed>> open_kafka_feed(KafkaOptions options, std::unique_ptr<MessageDecoder> decoder,
                                                   const Clock& clock = system_clock());

/// Appends a message as a line, without its end: line breaks, which mean nothing in JSON, become blanks; those inside of a text, where JSON has
/// none, become another character that it has not.
void append_line_of_message(std::string_view message, std::string& lines);

}  // namespace headrace
