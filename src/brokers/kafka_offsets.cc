#include "brokers/kafka_offsets.h"

#include "brokers/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

constexpr int kPositionsAnswerMs = 10'000;
constexpr int64_t kMicrosPerMillisecond = 1000;

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

Result<KafkaPtr<rd_kafka_t>> make_asking_consumer(const KafkaOptions& options) {
  const auto ignore = [](rd_kafka_t*, int, const char*, void*) {};
  return make_kafka_consumer(options, ignore, nullptr);
}

Result<int32_t> partitions_of(rd_kafka_t& consumer, const KafkaOptions& options) {
  const KafkaPtr<rd_kafka_topic_t> topic(rd_kafka_topic_new(&consumer, options.topic.c_str(), nullptr));
  if (!topic) return Error::usage(fmt::format("`{}` cannot be the name of a topic", options.topic));
  const rd_kafka_metadata_t* found = nullptr;
  rd_kafka_resp_err_t error = rd_kafka_metadata(&consumer, 0, topic.get(), &found, kPositionsAnswerMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);
  const KafkaPtr<const rd_kafka_metadata_t> owned(found);
  error = found->topic_cnt == 1 ? found->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);
  return found->topics[0].partition_cnt;
}

/// Reads the first message of each partition that has one.
Status find_first_times(rd_kafka_t& consumer, const KafkaOptions& options, FirstTimes which,
                        std::vector<TopicBegin>& begins) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  for (size_t i = 0; i < begins.size(); ++i) {
    const bool is_wanted = which == FirstTimes::kAll || begins[i].first_offset > 0;
    if (!is_wanted || begins[i].first_offset >= begins[i].end) continue;
    rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), static_cast<int32_t>(i))->offset =
        begins[i].first_offset;
  }
  if (list->cnt == 0) return {};
  const rd_kafka_resp_err_t error = rd_kafka_assign(&consumer, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, error);

  std::vector<uint8_t> was_read(begins.size());
  for (int left = list->cnt; left > 0;) {
    const KafkaPtr<rd_kafka_message_t> message(rd_kafka_consumer_poll(&consumer, kPositionsAnswerMs));
    if (!message) return no_answer(options, RD_KAFKA_RESP_ERR__TIMED_OUT);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(options, message->err);
    const auto partition = static_cast<size_t>(message->partition);
    if (std::exchange(was_read[partition], uint8_t{1}) != 0) continue;
    TopicBegin& begin = begins[partition];
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const EventTime time{rd_kafka_message_timestamp(message.get(), &type) * kMicrosPerMillisecond};
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) begin.first_time = time;
    begin.is_brokers_time = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
    begin.found_offset = message->offset;
    --left;
  }
  return {};
}

Error not_known(const std::string& why) {
  return Error::conflict(fmt::format("{}, so that it cannot be known from when on the topic is complete", why));
}

}  // namespace

Result<std::vector<int64_t>> kafka_offsets_at(const KafkaOptions& options, EventTime time) {
  ASSIGN_OR_RETURN(const KafkaPtr<rd_kafka_t> consumer, make_asking_consumer(options));
  ASSIGN_OR_RETURN(const int32_t count, partitions_of(*consumer, options));
  const int64_t time_ms = std::max<int64_t>(0, time.us / 1000);
  ASSIGN_OR_RETURN(std::vector<int64_t> offsets, ask_offsets(*consumer, options, count, time_ms));
  ASSIGN_OR_RETURN(const std::vector<int64_t> ends, ask_offsets(*consumer, options, count, RD_KAFKA_OFFSET_END));
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] < 0) offsets[i] = ends[i];  // nothing is so late
  }
  return offsets;
}

Result<std::vector<TopicBegin>> kafka_begins(const KafkaOptions& options, FirstTimes which) {
  ASSIGN_OR_RETURN(const KafkaPtr<rd_kafka_t> consumer, make_asking_consumer(options));
  ASSIGN_OR_RETURN(const int32_t count, partitions_of(*consumer, options));
  ASSIGN_OR_RETURN(const std::vector<int64_t> firsts,
                   ask_offsets(*consumer, options, count, RD_KAFKA_OFFSET_BEGINNING));
  ASSIGN_OR_RETURN(const std::vector<int64_t> ends, ask_offsets(*consumer, options, count, RD_KAFKA_OFFSET_END));
  std::vector<TopicBegin> begins;
  for (size_t i = 0; i < firsts.size(); ++i) {
    begins.push_back({.first_offset = firsts[i], .end = ends[i], .first_time = {}, .found_offset = firsts[i]});
  }
  RETURN_IF_ERROR(find_first_times(*consumer, options, which, begins));
  rd_kafka_assign(consumer.get(), nullptr);
  return begins;
}

Result<CompleteTopic> complete_from(std::span<const TopicBegin> begins, Duration disorder) {
  std::optional<CompleteTopic> removed, begun;
  for (size_t partition = 0; partition < begins.size(); ++partition) {
    const TopicBegin& begin = begins[partition];
    const bool is_empty = begin.first_offset >= begin.end;
    if (is_empty && begin.first_offset == 0) continue;
    if (is_empty) return not_known(fmt::format("partition {} has none of its {} messages left", partition, begin.end));
    if (begin.found_offset != begin.first_offset) {
      return not_known(fmt::format("partition {} lacks messages from offset {} to {}, as where a topic is compacted",
                                   partition, begin.first_offset, begin.found_offset - 1));
    }
    if (!begin.first_time) return not_known(fmt::format("the messages of partition {} have no times", partition));

    const EventTime time = *begin.first_time;
    if (begin.first_offset == 0) {
      if (begun && begun->from <= time) continue;
      begun = {time, fmt::format("no message was removed, and the first is of {}", to_string(time))};
      continue;
    }
    const EventTime from{time.us + kMicrosPerMillisecond + (begin.is_brokers_time ? 0 : disorder.us)};
    if (removed && removed->from >= from) continue;
    removed = {from,
               fmt::format("partition {} begins at offset {}, of {}", partition, begin.first_offset, to_string(time))};
  }
  if (removed) return *removed;
  if (begun) return *begun;
  return not_known("no message has come yet");
}

}  // namespace headrace
