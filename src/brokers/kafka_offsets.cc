#include "brokers/kafka_offsets.h"

#include "brokers/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int kPositionsAnswerMs = 10'000;

Error no_answer(const KafkaOptions& options, rd_kafka_resp_err_t error) {
  return Error::unavailable(fmt::format("{}: topic `{}`: {}", options.brokers, options.topic, rd_kafka_err2str(error)))
      .with_help("nothing has changed; try again when the broker answers");
}

/// Of partitions 0 to `count` − 1, what the broker says of a time, or of an end.
Result<std::vector<int64_t>> ask_offsets(rd_kafka_t& consumer, const KafkaOptions& options, int32_t count,
                                         int64_t which) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(count));
  for (int32_t partition = 0; partition < count; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), partition)->offset = which;
  }
  rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(&consumer, list.get(), kPositionsAnswerMs);
  std::vector<int64_t> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[i].err;
    offsets.push_back(list->elems[i].offset);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);
  return offsets;
}

}  // namespace

Result<std::vector<int64_t>> kafka_offsets_at(const KafkaOptions& options, EventTime time) {
  const auto ignore = [](rd_kafka_t*, int, const char*, void*) {};
  ASSIGN_OR_RETURN(const KafkaPtr<rd_kafka_t> consumer, make_kafka_consumer(options, ignore, nullptr));
  const KafkaPtr<rd_kafka_topic_t> topic(rd_kafka_topic_new(consumer.get(), options.topic.c_str(), nullptr));
  if (!topic) return Error::usage(fmt::format("`{}` cannot be the name of a topic", options.topic));
  const rd_kafka_metadata_t* found = nullptr;
  rd_kafka_resp_err_t error = rd_kafka_metadata(consumer.get(), 0, topic.get(), &found, kPositionsAnswerMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);
  const KafkaPtr<const rd_kafka_metadata_t> owned(found);
  error = found->topic_cnt == 1 ? found->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);

  const int32_t count = found->topics[0].partition_cnt;
  const int64_t time_ms = std::max<int64_t>(0, time.us / 1000);
  ASSIGN_OR_RETURN(std::vector<int64_t> offsets, ask_offsets(*consumer, options, count, time_ms));
  ASSIGN_OR_RETURN(const std::vector<int64_t> ends, ask_offsets(*consumer, options, count, RD_KAFKA_OFFSET_END));
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] < 0) offsets[i] = ends[i];  // nothing is so late
  }
  return offsets;
}

}  // namespace headrace
