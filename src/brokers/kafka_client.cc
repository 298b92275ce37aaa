#include "brokers/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace headrace {
namespace {

constexpr size_t kErrorBytes = 512;

/// What the feed decides itself, and why.
constexpr std::pair<std::string_view, std::string_view> kOwnSettings[] = {
    {"bootstrap.servers", "it is `brokers`"},
    {"metadata.broker.list", "it is `brokers`"},
    {"group.id", "it is `group`"},
    {"enable.auto.commit", "positions are kept in the store, with the events"},
    {"enable.auto.offset.store", "positions are kept in the store, with the events"},
    {"auto.offset.reset", "a topic is read from its begin, and events that are lost are told"},
    {"enable.partition.eof", "the ends of partitions say when a source is idle"},
};

/// Which certificates are trusted where the settings do not say. Without a word of ours the library asks OpenSSL for its default
/// paths, which also looks into its store of URIs: that ends the process here.
std::string default_certificates() {
  const char* const file = std::getenv("SSL_CERT_FILE");
  return file != nullptr && *file != '\0' ? file : "probe";
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, kErrorBytes> problem{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem.data(), problem.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error::usage(fmt::format("the setting `{}` of kafka cannot be taken: {}", name, problem.data()))
      .with_help("settings are those of librdkafka's CONFIGURATION.md, such as `security.protocol: SASL_SSL`");
}

}  // namespace

Result<KafkaPtr<rd_kafka_t>> make_kafka_consumer(const KafkaOptions& options,
                                                 void (*on_error)(rd_kafka_t*, int, const char*, void*), void* opaque) {
  return make_kafka_member(options, on_error, nullptr, opaque);
}

Result<KafkaPtr<rd_kafka_t>> make_kafka_member(
    const KafkaOptions& options, void (*on_error)(rd_kafka_t*, int, const char*, void*),
    void (*on_rebalance)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void*), void* opaque) {
  KafkaPtr<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  // A question waits at the broker until the fetch before it is answered.
  RETURN_IF_ERROR(set(conf.get(), "fetch.wait.max.ms", "100"));
  const bool has_certificates =
      std::ranges::any_of(options.settings, [](const auto& each) { return each.first.starts_with("ssl.ca."); });
  if (!has_certificates) RETURN_IF_ERROR(set(conf.get(), "ssl.ca.location", default_certificates()));
  for (const auto& [name, value] : options.settings) {
    for (const auto& [own, reason] : kOwnSettings) {
      if (own != name) continue;
      return Error::usage(fmt::format("the setting `{}` of kafka is not yours to make: {}", name, reason))
          .with_help("leave it out");
    }
    RETURN_IF_ERROR(set(conf.get(), name, value));
  }
  const std::pair<std::string, std::string> own[] = {
      {"bootstrap.servers", options.brokers},
      {"group.id", options.group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"log_level", "0"},  // errors come to on_error
  };
  for (const auto& [name, value] : own) RETURN_IF_ERROR(set(conf.get(), name, value));
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  if (on_rebalance != nullptr) rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  rd_kafka_conf_set_opaque(conf.get(), opaque);

  std::array<char, kErrorBytes> problem{};
  KafkaPtr<rd_kafka_t> consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), problem.data(), problem.size()));
  if (!consumer) {
    return Error::usage(fmt::format("kafka cannot be set up: {}", problem.data()))
        .with_help("look at `settings` of `kafka` in environments.yaml");
  }
  std::ignore = conf.release();  // it is the consumer's now
  rd_kafka_poll_set_consumer(consumer.get());
  return consumer;
}

std::string remark_on_refusal(const KafkaOptions& options, std::string_view reason) {
  constexpr int kStrictScram = 0x020601ff;  // 2.6.1
  const bool is_scram = std::ranges::any_of(options.settings, [](const auto& each) {
    return each.first.starts_with("sasl.mechanism") && each.second.starts_with("SCRAM");
  });
  if (!is_scram || rd_kafka_version() >= kStrictScram || reason.find("invalid credentials") == std::string_view::npos) {
    return {};
  }
  return fmt::format(
      " (the password is wrong, or the broker is of Kafka 3.8.1 or later, at which librdkafka {} cannot log in by "
      "SCRAM: it "
      "takes 2.6.1, or PLAIN over TLS)",
      rd_kafka_version_str());
}

}  // namespace headrace
