// Messages that a broker brings again: they count once, also through a start.

#include "session/live/fed_messages.h"

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kMeasuredPumps = R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
---
feature: {name: flow_sum, description: d, aggregation: sum, window: 9h, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: flow_last, description: d, aggregation: last, window: 9h, source_features: [flow], owner: t, version: "1.0"}
)yaml";

constexpr int64_t kMessageMinute = 60 * kMicrosPerSecond;

class FedMessagesTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 100 * kMessageMinute;
    start();
  }

  void start() {
    live_.reset();
    const Session session = sound_session(std::string(kMeasuredPumps), ".");
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log_;
    options.stops_on_bad_row = stops_;
    options.dedupe_for_of = dedupe_for_of_;
    options.is_skipped = [this](const std::string&, uint32_t, int64_t number) { return number == skipped_; };
    live_ = LiveFeatures::open(session, options).value();
    ASSERT_TRUE(live_->begin_feeding());
  }

  /// Messages "ID=FLOW", all of one instant, or "ID=" for one that cannot be read.
  std::optional<BadMessage> take(const std::vector<std::string>& messages) {
    FedEvents fed{.source = "telemetry", .lane = 0, .events = std::string(), .position = "projects/p/subscriptions/s"};
    std::string lines;
    for (const std::string& message : messages) {
      const size_t equals = message.find('=');
      const std::string flow = message.substr(equals + 1);
      fed.ids.push_back(message.substr(0, equals));
      fed.offsets.push_back(std::stol(fed.ids.back()));
      lines += flow.empty() ? "{\n"
                            : fmt::format("{{\"pump_id\": \"p1\", \"at\": \"{}\", \"flow\": {}}}\n",
                                          to_string(EventTime{99 * kMessageMinute}), flow);
    }
    fed.events = lines;
    const auto bad = live_->take({&fed, 1});
    EXPECT_TRUE(bad) << bad.error().message();
    return *bad;
  }
  std::string read(const std::string& feature) const {
    return to_json(live_->read({{feature}, {{Value{std::string("p1")}}}, {}})->values[0][0]);
  }
  LiveSource source() const { return live_->sources().front(); }

  std::map<std::string, Duration> dedupe_for_of_;
  bool stops_ = false;
  int64_t skipped_ = -1;
  StoppedClock clock_;
  MemoryEventLog log_;
  std::unique_ptr<LiveFeatures> live_;
};

TEST_F(FedMessagesTest, CountOnceAndAreLoggedOnce) {
  EXPECT_EQ(source().messages, std::nullopt);
  take({"1=1.0", "2=2.0", "1=1.0"});
  take({"2=2.0", "3=4.0"});
  take({"3=4.0"});
  EXPECT_EQ(read("flow_sum"), "7.0");
  EXPECT_EQ(source().accepted, 3);
  EXPECT_EQ(source().messages->repeated, 3);
  std::vector<std::string> ids;
  ASSERT_TRUE(log_.replay(0, [&](const LoggedPush& push) -> Status {
    ids.insert(ids.end(), push.ids.begin(), push.ids.end());
    return {};
  }));
  EXPECT_EQ(ids, (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(FedMessagesTest, AreKnownAfterAStartHoweverLateItIs) {
  take({"1=1.0", "2=2.0"});
  clock_.now += 300 * kMessageMinute;  // the server is down
  start();
  take({"2=2.0", "1=1.0", "3=4.0"});
  EXPECT_EQ(read("flow_last"), "4.0");
  EXPECT_EQ(source().accepted, 3);
  EXPECT_EQ(source().messages->repeated, 2);
}

TEST_F(FedMessagesTest, AreKnownFromACheckpointThatForgotTheirPushes) {
  take({"1=1.0", "2=2.0"});
  ASSERT_TRUE(live_->save());
  take({"3=4.0"});
  start();
  take({"1=1.0", "2=2.0", "3=4.0"});
  EXPECT_EQ(read("flow_sum"), "7.0");
  EXPECT_EQ(source().messages->repeated, 3);
}

TEST_F(FedMessagesTest, AreForgottenAfterTheirTime) {
  take({"1=1.0"});
  clock_.now += 59 * kMessageMinute;
  take({"1=1.0"});
  EXPECT_EQ(read("flow_sum"), "1.0");
  // A slice of ids is let go of as a whole, when something comes.
  clock_.now += 6 * kMessageMinute;
  take({"2=2.0"});
  take({"1=1.0"});
  EXPECT_EQ(read("flow_sum"), "4.0");
}

TEST_F(FedMessagesTest, AreKnownAsLongAsTheirSourceSays) {
  dedupe_for_of_["telemetry"] = Duration{10 * kMessageMinute};
  start();
  take({"1=1.0"});
  EXPECT_FALSE(live_->push("telemetry", "{}", "key")->is_repeated);
  clock_.now += 9 * kMessageMinute;
  take({"1=1.0"});
  EXPECT_TRUE(live_->push("telemetry", "{}", "key")->is_repeated);
  EXPECT_EQ(source().messages->repeated, 1);
  clock_.now += 2 * kMessageMinute;
  take({"2=2.0"});
  take({"1=1.0"});
  EXPECT_EQ(source().messages->repeated, 1);
  EXPECT_FALSE(live_->push("telemetry", "{}", "key")->is_repeated);
}

TEST_F(FedMessagesTest, TiesAreInOrderOfTheirFirstDelivery) {
  take({"1=1.0", "2=2.0"});
  take({"3=3.0"});
  take({"1=1.0", "2=2.0"});
  EXPECT_EQ(read("flow_last"), "3.0");
  start();
  take({"2=2.0"});
  EXPECT_EQ(read("flow_last"), "3.0");
}

TEST_F(FedMessagesTest, ABadOneStopsItsSourceAndIsSkipped) {
  stops_ = true;
  start();
  const auto bad = take({"7=1.0", "8=", "9=2.0"});
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->offset, 8);
  EXPECT_EQ(read("flow_sum"), "1.0");
  // Nothing was acknowledged, so all of it comes again.
  skipped_ = 8;
  EXPECT_FALSE(take({"9=2.0", "8=", "7=1.0"}));
  EXPECT_EQ(read("flow_sum"), "3.0");
  EXPECT_EQ(source().unreadable, 1);
  EXPECT_EQ(log_.left_out("telemetry", {}, 9)->at(0).offset, 8);
  EXPECT_FALSE(take({"8="}));
  EXPECT_EQ(source().unreadable, 1);
}

}  // namespace
}  // namespace headrace
