// What feeds bring into live features: lanes, their order, and what is known of them through a start.

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kFedPumps = R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
---
feature: {name: flow_last, description: d, aggregation: last, window: 9h, source_features: [flow], owner: t, version: "1.0"}
)yaml";

constexpr int64_t kFeedMinute = 60 * kMicrosPerSecond;

class LiveFeedsTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 100 * kFeedMinute;
    start();
  }

  void start() {
    live_.reset();
    const Session session = sound_session(std::string(kFedPumps), ".");
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log_;
    options.idle_after = Duration{kFeedMinute};
    options.idle_after_of = {{"telemetry", Duration{10 * kFeedMinute}}};
    live_ = LiveFeatures::open(session, options).value();
    ASSERT_TRUE(live_->begin_feeding());
  }

  static std::string line(int64_t minute, const std::string& flow) {
    return R"({"pump_id": "p1", "at": ")" + to_string(EventTime{minute * kFeedMinute}) + R"(", "flow": )" + flow +
           "}\n";
  }
  void take(uint32_t lane, const std::string& lines, const std::string& position, std::optional<bool> is_drained = {}) {
    const FedEvents fed{"telemetry", lane, lines, position, is_drained};
    ASSERT_TRUE(live_->take({&fed, 1}));
  }
  std::string read() const {
    return to_json(live_->read({{"flow_last"}, {{Value{std::string("p1")}}}, {}})->values[0][0]);
  }
  LiveSource source() const { return live_->sources().front(); }
  std::string watermark() const {
    EXPECT_TRUE(live_->take({}));
    const std::optional<EventTime> time = source().watermark;
    return time ? std::to_string(time->us / kFeedMinute) : "none";
  }

  StoppedClock clock_;
  MemoryEventLog log_;
  std::unique_ptr<LiveFeatures> live_;
};

TEST_F(LiveFeedsTest, TiesAreInOrderOfLanesAlsoAfterAStart) {
  take(2, line(99, "3.0"), "1 t");
  take(0, line(99, "1.0"), "1 t");
  EXPECT_EQ(read(), "3.0");
  start();
  EXPECT_EQ(read(), "3.0");
  take(2, line(99, "4.0"), "2 t");
  EXPECT_EQ(read(), "4.0");
}

TEST_F(LiveFeedsTest, EachLineIsAMessage) {
  take(0, "[1]\n" + line(99, "1.0") + "null\n{\n", "4 t");
  EXPECT_EQ(source().accepted, 1);
  EXPECT_EQ(source().unreadable, 3);
}

TEST_F(LiveFeedsTest, ALaneHoldsTheWatermarkUntilItWasEmptyForLong) {
  take(0, "", "", false);
  take(1, "", "", false);
  take(0, line(99, "1.0"), "1 t");
  EXPECT_EQ(watermark(), "none");
  take(1, "", "", true);
  clock_.now += 9 * kFeedMinute;
  EXPECT_EQ(watermark(), "none");
  clock_.now += kFeedMinute;
  EXPECT_EQ(watermark(), "98");
  // Nobody knows any more: it stays where it is, also when the clock goes on.
  take(1, "", "", false);
  clock_.now += 60 * kFeedMinute;
  EXPECT_EQ(watermark(), "98");
}

TEST_F(LiveFeedsTest, TheTimeOfAnEndedServerMakesNothingIdle) {
  take(0, line(99, "1.0"), "1 t", true);
  clock_.now += 60 * kFeedMinute;  // the server is down
  start();
  EXPECT_EQ(watermark(), "98");
  take(0, line(130, "2.0"), "2 t");
  EXPECT_EQ(source().late, 0);
  EXPECT_EQ(watermark(), "129");
}

class StoppedFeedsTest : public LiveFeedsTest {
 protected:
  void SetUp() override {
    clock_.now = 100 * kFeedMinute;
    live_.reset();
    const Session session = sound_session(std::string(kFedPumps), ".");
    LiveOptions options{.stops_on_bad_row_of = {{"telemetry", true}}, .clock = &clock_, .log = &log_};
    options.is_skipped = [this](const std::string&, uint32_t lane, int64_t offset) {
      return lane == 1 && offset == skipped_;
    };
    live_ = LiveFeatures::open(session, options).value();
  }
  std::optional<BadMessage> feed(const std::string& lines, int64_t first, int64_t count) {
    FedEvents fed{"telemetry", 1, lines, std::to_string(first + count) + " t"};
    for (int64_t offset = first; offset < first + count; ++offset) fed.offsets.push_back(offset);
    return live_->take({&fed, 1}).value();
  }
  int64_t skipped_ = -1;
};

TEST_F(StoppedFeedsTest, WhatIsBeforeABadMessageIsTakenAndNothingBehindIt) {
  const std::string lines = line(98, "1.0") + line(99, "2.0") + "{\n" + line(100, "3.0");
  const std::optional<BadMessage> bad = feed(lines, 40, 4);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->lane, 1u);
  EXPECT_EQ(bad->offset, 42);
  EXPECT_EQ(source().accepted, 2);
  EXPECT_EQ(source().unreadable, 0);
  std::string position;
  ASSERT_TRUE(log_.replay(0, [&](const LoggedPush& push) -> Status {
    position = push.position;
    return {};
  }));
  EXPECT_EQ(position, "42 t");

  // It is read again, and stops again; then it is skipped.
  const uint64_t pushes = log_.next();
  EXPECT_EQ(feed("{\n" + line(100, "3.0"), 42, 2)->offset, 42);
  EXPECT_EQ(log_.next(), pushes);
  skipped_ = 42;
  EXPECT_FALSE(feed("{\n" + line(100, "3.0"), 42, 2));
  EXPECT_EQ(source().accepted, 3);
  EXPECT_EQ(source().unreadable, 1);
  EXPECT_EQ(log_.left_out("telemetry", {}, 9)->at(0).offset, 42);
}

TEST_F(StoppedFeedsTest, APushWithABadEventIsRefusedWhole) {
  const Error error = live_->push("telemetry", line(99, "1.0") + "{\n").error();
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_NE(error.message().find("event 2"), std::string::npos) << error.message();
  EXPECT_EQ(source().accepted, 0);
  EXPECT_EQ(log_.next(), 0u);
  // A cell that cannot be read is null and counted, as everywhere.
  EXPECT_EQ(live_->push("telemetry", line(99, "\"x\""))->bad_cells, 1);
}

}  // namespace
}  // namespace headrace
