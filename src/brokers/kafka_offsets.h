#pragma once

/// Where the partitions of a topic were at a time, as the broker knows it.

#include "brokers/kafka_feed.h"
#include "data/time.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headrace {

/// The offset of each partition's first message that the broker dates at `time` or later; where there is none, of its end.
/// Asks the broker, and waits some seconds for it: kUnavailable where it does not answer.
Result<std::vector<int64_t>> kafka_offsets_at(const KafkaOptions& options, EventTime time);

/// What a broker still has of a partition.
struct TopicBegin {
  int64_t first_offset = 0;  // from which on messages are there; the end, where none is
  int64_t end = 0;           // the offset behind the last one
  std::optional<EventTime>
      first_time;                // of the first message, to the millisecond; nothing: it has none, or was not read
  bool is_brokers_time = false;  // when the broker took it; else as its producer says
  int64_t found_offset = 0;      // where the first message was, when it was read
};
enum class FirstTimes {
  kAfterRemoved,  // only of partitions whose first messages were removed
  kAll,
};

/// Of each partition. Asks the broker as above, and reads the first messages.
Result<std::vector<TopicBegin>> kafka_begins(const KafkaOptions& options, FirstTimes which = FirstTimes::kAfterRemoved);

/// From when on a topic has all messages that were ever sent to it.
struct CompleteTopic {
  EventTime from;
  std::string why;  // for people
};
/// An event is not sent before its time, so whatever was removed from a partition, or was sent before the topic began, happened no
/// later than the first message that is there was sent. Where producers say when that was, their clocks may differ by
/// `disorder`. kConflict where it cannot be known.
Result<CompleteTopic> complete_from(std::span<const TopicBegin> begins, Duration disorder);

}  // namespace headrace
