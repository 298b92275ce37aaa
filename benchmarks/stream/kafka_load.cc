/// Fills a topic of Kafka with readings of pumps as JSON, and reads one as fast as librdkafka gives it out.
///
///   kafka_load fill BROKERS TOPIC MESSAGES PUMPS START_US SPAN_US
///   kafka_load consume BROKERS TOPIC MESSAGES
///
/// The messages of a pump are in one partition, in order of time, evenly over the span. Reading has the settings and the calls
/// of the server's own feed (src/brokers), touches no message, and ends with the last one. Prints one line of JSON: messages,
/// bytes of them, seconds since the start of the program, seconds of a processor.

#include "data/time.h"

#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {
namespace {

constexpr int kAnswerMs = 30'000;

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "kafka_load: {}\n", message);
  std::exit(3);
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) fail(fmt::format("{} is no number", text));
  return number;
}

using Settings = std::vector<std::pair<const char*, std::string>>;

rd_kafka_t* open(rd_kafka_type_t type, const Settings& settings) {
  std::array<char, 512> problem{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), problem.data(), problem.size()) != RD_KAFKA_CONF_OK)
      fail(problem.data());
  }
  rd_kafka_t* const client = rd_kafka_new(type, conf, problem.data(), problem.size());
  if (client == nullptr) fail(problem.data());
  return client;
}

/// How many partitions the topic has.
int32_t partitions_of(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* found = nullptr;
  int32_t partitions = 0;
  // A topic that a producer asks for is made.
  for (int tries = 0; partitions == 0 && tries < 100; ++tries) {
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle, &found, kAnswerMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
    if (found->topic_cnt == 1) partitions = found->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(found);
    if (partitions == 0) rd_kafka_poll(client, 100);
  }
  rd_kafka_topic_destroy(handle);
  if (partitions == 0) fail(fmt::format("the topic {} has no partitions", topic));
  return partitions;
}

void report(std::chrono::steady_clock::time_point start, int64_t messages, int64_t bytes) {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds_of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  fmt::print("{{\"messages\":{},\"bytes\":{},\"seconds\":{:.3f},\"cpu_seconds\":{:.3f},\"memory_mb\":{}}}\n", messages,
             bytes, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
             seconds_of(use.ru_utime) + seconds_of(use.ru_stime), use.ru_maxrss / 1024);
}

struct Readings {
  int64_t pumps;
  int64_t start_us;
  int64_t span_us;
};

int64_t refused = 0;

void note_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  refused += message->err != RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
}

/// Some pumps are busy and most are quiet.
void fill(const std::string& brokers, const std::string& topic, int64_t messages, const Readings& readings) {
  const auto start = std::chrono::steady_clock::now();
  std::array<char, 512> problem{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const Settings settings = {{"bootstrap.servers", brokers},
                             {"acks", "all"},
                             {"linger.ms", "50"},
                             {"batch.num.messages", "20000"},
                             {"queue.buffering.max.messages", "1000000"}};
  for (const auto& [name, value] : settings)
    rd_kafka_conf_set(conf, name, value.c_str(), problem.data(), problem.size());
  rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem.data(), problem.size());
  if (client == nullptr) fail(problem.data());
  const int32_t partitions = partitions_of(client, topic);
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);

  std::mt19937_64 random(1);
  int64_t bytes = 0;
  for (int64_t i = 0; i < messages; ++i) {
    const double draw = static_cast<double>(random() >> 11) * 0x1p-53;
    const auto pump = static_cast<int64_t>(std::pow(draw, 3.0) * static_cast<double>(readings.pumps));
    const auto into = static_cast<int64_t>(static_cast<double>(i) / static_cast<double>(messages) *
                                           static_cast<double>(readings.span_us));
    std::string text = fmt::format(R"({{"pump_id":{},"at":"{}","flow":{:.2f},"power":{:.2f}}})", pump,
                                   to_string(EventTime{readings.start_us + into}),
                                   1.0 + static_cast<double>(random() % 10'000) / 100.0,
                                   1.0 + static_cast<double>(random() % 5'000) / 100.0);
    bytes += static_cast<int64_t>(text.size());
    const auto partition = static_cast<int32_t>(pump % partitions);
    while (rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, text.data(), text.size(), nullptr, 0, nullptr) !=
           0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(client, 100);
    }
    if (i % 1024 == 0) rd_kafka_poll(client, 0);
  }
  if (rd_kafka_flush(client, 10 * kAnswerMs) != RD_KAFKA_RESP_ERR_NO_ERROR || refused > 0)
    fail(fmt::format("{} messages were refused, or not all were acknowledged", refused));
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(client);
  report(start, messages, bytes);
}

void consume(const std::string& brokers, const std::string& topic, int64_t messages) {
  const auto start = std::chrono::steady_clock::now();
  rd_kafka_t* const client = open(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                      {"group.id", "librdkafka-alone"},
                                                      {"fetch.wait.max.ms", "100"},
                                                      {"enable.auto.commit", "false"},
                                                      {"enable.auto.offset.store", "false"},
                                                      {"auto.offset.reset", "error"},
                                                      {"enable.partition.eof", "true"}});
  rd_kafka_poll_set_consumer(client);
  const int32_t partitions = partitions_of(client, topic);
  rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(partitions);
  for (int32_t partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  if (rd_kafka_assign(client, list) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("the partitions cannot be assigned");

  int64_t count = 0, bytes = 0;
  while (count < messages) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(client, kAnswerMs);
    if (message == nullptr) fail(fmt::format("nothing came after {} messages", count));
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++count;
      bytes += static_cast<int64_t>(message->len);
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      fail(rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
  }
  report(start, count, bytes);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 7 && words[0] == "fill") {
    const headrace::Readings readings{headrace::number_of(words[4]), headrace::number_of(words[5]),
                                      headrace::number_of(words[6])};
    headrace::fill(words[1], words[2], headrace::number_of(words[3]), readings);
  } else if (words.size() == 4 && words[0] == "consume") {
    headrace::consume(words[1], words[2], headrace::number_of(words[3]));
  } else {
    headrace::fail("fill BROKERS TOPIC MESSAGES PUMPS START_US SPAN_US, or consume BROKERS TOPIC MESSAGES");
  }
  return 0;
}
