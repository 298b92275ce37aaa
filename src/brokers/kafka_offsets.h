#pragma once

/// Where the partitions of a topic were at a time, as the broker knows it.

#include "brokers/kafka_feed.h"
#include "data/time.h"

#include <cstdint>
#include <vector>

namespace headrace {

/// The offset of each partition's first message that the broker dates at `time` or later; where there is none, of its end.
/// Asks the broker, and waits some seconds for it: kUnavailable where it does not answer.
Result<std::vector<int64_t>> kafka_offsets_at(const KafkaOptions& options, EventTime time);

}  // namespace headrace
