#pragma once

/// Handles of librdkafka that free themselves, and a consumer that is set up as the feed needs it.
///
/// Internal to brokers/.

#include "base/result.h"
#include "brokers/kafka_feed.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>

namespace headrace {

struct KafkaDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_conf_t* handle) const { rd_kafka_conf_destroy(handle); }
  void operator()(rd_kafka_topic_t* handle) const { rd_kafka_topic_destroy(handle); }
  void operator()(rd_kafka_message_t* handle) const { rd_kafka_message_destroy(handle); }
  void operator()(rd_kafka_error_t* handle) const { rd_kafka_error_destroy(handle); }
  void operator()(rd_kafka_topic_partition_list_t* handle) const { rd_kafka_topic_partition_list_destroy(handle); }
  void operator()(const rd_kafka_metadata_t* handle) const { rd_kafka_metadata_destroy(handle); }
};
template <typename T>
using KafkaPtr = std::unique_ptr<T, KafkaDeleter>;

/// `on_error`: called with `opaque` from polls where brokers cannot be reached or refuse.
Result<KafkaPtr<rd_kafka_t>> make_kafka_consumer(const KafkaOptions& options,
                                                 void (*on_error)(rd_kafka_t*, int, const char*, void*), void* opaque);

/// The same, for one that is to join its group: `on_rebalance` is called from polls, and assigns.
Result<KafkaPtr<rd_kafka_t>> make_kafka_member(
    const KafkaOptions& options, void (*on_error)(rd_kafka_t*, int, const char*, void*),
    void (*on_rebalance)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void*), void* opaque);
/// What the user can do about something that a broker said, in brackets; empty: nothing is known.
std::string remark_on_refusal(const KafkaOptions& options, std::string_view reason);

}  // namespace headrace
