#include "brokers/kafka_feed.h"

#include "brokers/kafka_offsets.h"

// The mock cluster needs it first.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace headrace {
namespace {

constexpr int64_t kPatienceUs = 60'000'000;

/// A broker in this process, and a producer for it.
class KafkaFeedTest : public testing::Test {
 protected:
  static constexpr int kPartitions = 2;

  void SetUp() override {
    char problem[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", problem, sizeof problem);
    rd_kafka_conf_set(conf, "log_level", "0", problem, sizeof problem);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    ASSERT_NE(producer_, nullptr) << problem;
    cluster_ = rd_kafka_handle_mock_cluster(producer_);
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster_, "pumps", kPartitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void TearDown() override { rd_kafka_destroy(producer_); }

  void produce(int32_t partition, const std::string& value, const std::string& topic = "pumps") {
    // An empty text here is a message without a value.
    ASSERT_EQ(
        rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_VALUE(value.empty() ? nullptr : const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_EQ(rd_kafka_flush(producer_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  KafkaOptions options() const {
    KafkaOptions options;
    options.source = "telemetry";
    options.topic = "pumps";
    options.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options.idle_after = Duration{600'000};
    options.settings = {{"reconnect.backoff.max.ms", "200"}};
    return options;
  }

  /// Polls until it has been enough; "lane:records@position+drained " of what came, in its order.
  static std::string poll_until(EventFeed& feed, const std::function<bool(const std::string&)>& is_enough) {
    std::string text;
    const int64_t end = system_clock().elapsed_us() + kPatienceUs;
    while (!is_enough(text) && system_clock().elapsed_us() < end) {
      const auto events = feed.poll(Duration{100'000});
      if (!events) return text + "error: " + events.error().message() + " help: " + events.error().help();
      for (const FedEvents& each : *events) {
        EXPECT_EQ(each.source, "telemetry");
        std::string records = std::get<std::string>(each.events);
        std::ranges::replace(records, '\n', ';');
        text += std::to_string(each.lane) + ":" + records + "@" + each.position;
        if (each.is_drained) text += *each.is_drained ? "+drained" : "+unknown";
        text += " ";
      }
      feed.commit();
    }
    return text;
  }
  static auto has(std::string what, int times = 1) {
    return [=](const std::string& text) {
      int found = 0;
      for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
      return found >= times;
    };
  }

  rd_kafka_t* producer_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST_F(KafkaFeedTest, BringsMessagesInOrderOfOffsetsWithPositions) {
  for (const char* value : {"{\"x\": 1}", "{\n\"x\": \"a\nb\"}", ""}) produce(0, value);
  const auto feed = open_kafka_feed(options(), nullptr).value();
  const std::string text = poll_until(*feed, has("+drained", 2));
  // Lanes are known, as not drained, before the first event.
  EXPECT_TRUE(text.starts_with("0:@+unknown 1:@+unknown ")) << text;
  EXPECT_NE(text.find("@3 pumps"), std::string::npos) << text;
  std::string lines;
  for (const char* line : {"{\"x\": 1};",
                           "{ \"x\": \"a\x01"
                           "b\"};",
                           "null;"}) {
    const size_t at = text.find(line, lines.size());
    EXPECT_NE(at, std::string::npos) << line << " in " << text;
    lines.assign(at, ' ');
  }
  EXPECT_EQ(feed->state().front().lag, 0);
  EXPECT_EQ(feed->state().front().problem, "");

  produce(1, "[1]");
  EXPECT_NE(poll_until(*feed, has("pumps")).find("1:[1];@1 pumps"), std::string::npos);
}

TEST_F(KafkaFeedTest, GoesOnWhereAPositionSays) {
  for (const char* value : {"a", "b", "c"}) produce(0, value);
  KafkaOptions given = options();
  given.positions = {{"telemetry", 0, "2 pumps"}, {"telemetry", 1, "7 another"}, {"others", 0, "3 pumps"}};
  produce(1, "d");
  const auto feed = open_kafka_feed(given, nullptr).value();
  const std::string text = poll_until(
      *feed, [&](const std::string& so_far) { return has("0:c;@3 pumps")(so_far) && has("1:d;@1 pumps")(so_far); });
  EXPECT_EQ(text.find("0:a"), std::string::npos) << text;
}

TEST_F(KafkaFeedTest, IsNotDrainedWhileNobodyAnswers) {
  produce(0, "a");
  const auto feed = open_kafka_feed(options(), nullptr).value();
  poll_until(*feed, has("+drained", 2));
  rd_kafka_mock_broker_set_down(cluster_, 1);
  const std::string lost = poll_until(*feed, has("+unknown", 2));
  EXPECT_EQ(lost.find("+drained"), std::string::npos) << lost;
  EXPECT_NE(feed->state().front().problem, "");
  rd_kafka_mock_broker_set_up(cluster_, 1);
  poll_until(*feed, has("+drained", 2));
  EXPECT_EQ(feed->state().front().problem, "");
  produce(0, "b");
  EXPECT_NE(poll_until(*feed, has("b;@2 pumps")).find("b;@2 pumps"), std::string::npos);
}

/// Decodes texts in brackets; another text is none. While it lacks something, nothing is decoded.
class BracketDecoder : public MessageDecoder {
 public:
  explicit BracketDecoder(const bool& lacks) : lacks_(lacks) {}
  Status decode(std::string_view message, std::string& line) override {
    if (lacks_) return Error::unavailable("brackets are away");
    if (!message.starts_with('<')) return Error::data("has no bracket");
    line += fmt::format("{{\"is\": \"{}\"}}", message.substr(1));
    return {};
  }

 private:
  const bool& lacks_;
};

TEST_F(KafkaFeedTest, MessagesAreDecodedOnce) {
  const bool lacks = false;
  for (const char* value : {"<a", "b", ""}) produce(0, value);
  const auto feed = open_kafka_feed(options(), std::make_unique<BracketDecoder>(lacks)).value();
  const std::string text = poll_until(*feed, has("@3 pumps"));
  for (const char* line : {"{\"is\": \"a\"};", "[\"not decoded\",\"has no bracket\",\"Yg==\"];", "null;"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in " << text;
  }
}

TEST_F(KafkaFeedTest, AMessageWaitsForWhatItsDecoderLacks) {
  bool lacks = true;
  produce(0, "<a");
  produce(0, "<b");
  const auto feed = open_kafka_feed(options(), std::make_unique<BracketDecoder>(lacks)).value();
  poll_until(*feed, [&](const std::string&) { return !feed->state().front().problem.empty(); });
  // Longer than it takes to ask whether something is left.
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += poll_until(*feed, [&, polls = 0](const std::string&) mutable { return polls++ > 0; });
  EXPECT_EQ(text.find('<'), std::string::npos) << text;
  EXPECT_EQ(text.find("+drained"), std::string::npos) << text;
  EXPECT_EQ(feed->state().front().problem, "brackets are away");
  lacks = false;
  const std::string both = poll_until(*feed, has("+drained", 2));
  EXPECT_NE(both.find("{\"is\": \"a\"};"), std::string::npos) << both;
  EXPECT_NE(both.find("{\"is\": \"b\"};"), std::string::npos) << both;
  EXPECT_EQ(feed->state().front().problem, "");
}

TEST_F(KafkaFeedTest, WaitsForABrokerAndATopic) {
  KafkaOptions given = options();
  given.topic = "valves";
  rd_kafka_mock_topic_set_error(cluster_, "valves", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const auto feed = open_kafka_feed(given, nullptr).value();
  poll_until(*feed, [&](const std::string&) { return !feed->state().front().problem.empty(); });
  EXPECT_NE(feed->state().front().problem.find("topic `valves`"), std::string::npos) << feed->state().front().problem;
  rd_kafka_mock_topic_set_error(cluster_, "valves", RD_KAFKA_RESP_ERR_NO_ERROR);
  produce(0, "a", "valves");
  EXPECT_NE(poll_until(*feed, has("@1 valves")).find("a;@1 valves"), std::string::npos);

  given.brokers = "127.0.0.1:1";
  const auto unreachable = open_kafka_feed(given, nullptr).value();
  const std::string text =
      poll_until(*unreachable, [&](const std::string&) { return !unreachable->state().front().problem.empty(); });
  EXPECT_EQ(text, "");
  EXPECT_EQ(unreachable->state().front().lag, std::nullopt);
}

TEST_F(KafkaFeedTest, ATopicThatWasMadeAnewIsAnError) {
  produce(0, "a");
  KafkaOptions given = options();
  given.positions = {{"telemetry", 0, "100 pumps"}};
  const auto feed = open_kafka_feed(given, nullptr).value();
  const std::string text = poll_until(*feed, has("error"));
  EXPECT_NE(text.find("ends at offset 1, and was read up to 100 help: the topic was made anew"), std::string::npos)
      << text;
}

TEST_F(KafkaFeedTest, RefusesSettingsThatAreNotTheUsers) {
  KafkaOptions given = options();
  given.settings = {{"enable.auto.commit", "true"}};
  const auto own = open_kafka_feed(given, nullptr);
  ASSERT_FALSE(own.ok());
  EXPECT_EQ(own.error().message(),
            "the setting `enable.auto.commit` of kafka is not yours to make: positions are kept in the store, with the "
            "events");
  given.settings = {{"security.protocl", "SSL"}};
  const auto unknown = open_kafka_feed(given, nullptr);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind(), ErrorKind::kUsage);
}

TEST(KafkaMessageTest, IsALine) {
  const auto line_of = [](std::string_view message) {
    std::string lines = "\"\n";  // what is in front of it means nothing
    append_line_of_message(message, lines);
    return lines.substr(2);
  };
  EXPECT_EQ(line_of("{\r\n \"a\\\\\": \"\\\"\n\"}\n"), "{   \"a\\\\\": \"\\\"\x01\"} ");
  EXPECT_EQ(line_of("{\"a\": \"\r\"}"), "{\"a\": \"\x01\"}");
  EXPECT_EQ(line_of("{\"a\": 1}"), "{\"a\": 1}");
  EXPECT_EQ(line_of(" \n"), "null");
}

TEST_F(KafkaFeedTest, MessagesAreCountedByTheirOffsets) {
  for (const char* value : {"a", "b", "c"}) produce(1, value);
  const auto feed = open_kafka_feed(options(), nullptr).value();
  std::vector<int64_t> offsets;
  const int64_t end = system_clock().elapsed_us() + kPatienceUs;
  while (offsets.size() < 3 && system_clock().elapsed_us() < end) {
    const auto events = feed->poll(Duration{100'000});
    ASSERT_TRUE(events);
    for (const FedEvents& each : *events) offsets.insert(offsets.end(), each.offsets.begin(), each.offsets.end());
  }
  EXPECT_EQ(offsets, (std::vector<int64_t>{0, 1, 2}));
}

TEST_F(KafkaFeedTest, ATimeIsAnOffsetOfEachPartition) {
  produce(0, "a");
  produce(0, "b");
  produce(1, "c");
  // Nothing is so late: the ends. The mock answers no other time.
  const auto offsets = kafka_offsets_at(options(), EventTime{system_clock().now_us() + kMicrosPerDay});
  ASSERT_TRUE(offsets) << offsets.error().message();
  EXPECT_EQ(*offsets, (std::vector<int64_t>{2, 1}));
}

}  // namespace
}  // namespace headrace
