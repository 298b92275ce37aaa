#pragma once

/// Where the partitions of a topic were at a time, as the broker knows it.

#include "brokers/kafka_feed.h"
#include "data/time.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace headrace {

/// The offset of each partition's first message that the broker dates at `time` or later; where there is none, of its end.
/// Asks the broker, and waits some seconds for it: kUnavailable where it does not answer.
Result<std::vector<int64_t>> kafka_offsets_at(const KafkaOptions& options, EventTime time);

/// What a broker still has of a partition.
struct TopicBegin {
  int64_t first_offset = 0;             // of the first message that is there; the end, where none is
  std::optional<EventTime> first_time;  // that the broker has of it, where messages before it were removed
};

/// Of each partition. Asks the broker as above.
Result<std::vector<TopicBegin>> kafka_begins(const KafkaOptions& options);

}  // namespace headrace
