#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kPumps = R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
---
feature: {name: flow_mean, description: d, aggregation: mean, window: 1h, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: readings, description: d, aggregation: count, window: 1h, source: telemetry, owner: t, version: "1.0"}
)yaml";

constexpr int64_t kMinute = 60 * kMicrosPerSecond;

class LiveFeaturesTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 100 * kMinute;
    const Session session = sound_session(std::string(kPumps), ".");
    LiveOptions options;
    options.clock = &clock_;
    live_ = LiveFeatures::open(session, options).value();
  }

  LivePush push(const std::string& pump, int64_t minute, const std::string& flow) {
    return live_
        ->push("telemetry", "{\"pump_id\": \"" + pump + "\", \"at\": \"" + to_string(EventTime{minute * kMinute}) +
                                "\", \"flow\": " + flow + "}")
        .value();
  }
  std::string read(const std::string& pump, std::optional<EventTime> as_of = {}) {
    const Result<LiveAnswer> answer = live_->read({{"flow_mean", "readings"}, {{Value{pump}}}, as_of});
    if (!answer) return answer.error().message();
    return to_json(answer->values[0][0]) + " " + to_json(answer->values[0][1]);
  }

  StoppedClock clock_;
  std::unique_ptr<LiveFeatures> live_;
};

TEST_F(LiveFeaturesTest, GivesValuesAsEventsComeAndAge) {
  EXPECT_EQ(read("p1"), "null 0");
  EXPECT_EQ(push("p1", 99, "2.0").accepted, 1);
  EXPECT_EQ(read("p1"), "2.0 1");
  push("p1", 100, "4.0");
  EXPECT_EQ(read("p1"), "3.0 2");
  EXPECT_EQ(read("p1", EventTime{99 * kMinute + 1}), "2.0 1");
  EXPECT_EQ(read("p2"), "null 0");
  const LiveAnswer answer =
      live_->read({{"flow_mean"}, {{Value{std::string("p1")}}, {Value{std::string("p2")}}}, {}}).value();
  EXPECT_EQ(answer.newest[0][0], EventTime{100 * kMinute});
  EXPECT_EQ(answer.newest[1][0], std::nullopt);
  clock_.now = 159 * kMinute;
  EXPECT_EQ(read("p1"), "4.0 1") << "the first event has left the window, and none has come";
}

TEST_F(LiveFeaturesTest, TellsWhatPushesAndReadsTook) {
  const auto feature = [&](std::string_view name) {
    return static_cast<size_t>(live_->plan().find_feature(name) - live_->plan().features.data());
  };
  push("p1", 99, "2.0");
  push("p2", 100, "4.0");
  read("p1");
  live_->read({{"flow_mean"}, {{Value{std::string("p1")}}, {Value{std::string("p2")}}}, {}}).value();
  const PlanWork work = live_->work();
  EXPECT_EQ(work.sources[0].rows, 2);
  EXPECT_GT(work.sources[0].bytes, 0);
  EXPECT_EQ(work.features[feature("flow_mean")].values, 3);
  EXPECT_EQ(work.features[feature("readings")].values, 1);
  const size_t state = live_->plan().find_feature("flow_mean")->state;
  EXPECT_EQ(work.states[state].rows, 3) << "a value for each entity that was read; nothing has settled";
  EXPECT_GT(work.states[state].state_bytes, 0);
  EXPECT_EQ(work.whole().state_bytes, live_->memory_bytes());
}

TEST(LiveFeatures, KeepsWhatItLeavesOutAsItCame) {
  StoppedClock clock;
  clock.now = 100 * kMinute;
  MemoryEventLog log;
  LiveOptions options;
  options.clock = &clock;
  options.log = &log;
  const Session session = sound_session(std::string(kPumps), ".");
  const auto open = [&] { return LiveFeatures::open(session, options).value(); };
  const std::string late = R"({"pump_id": "p1", "at": "1970-01-01T01:00:00Z",  "flow": 1})";
  {
    const auto live = open();
    const std::string good = R"({"pump_id": "p1", "at": "1970-01-01T01:40:00Z", "flow": 1})";
    ASSERT_TRUE(live->push("telemetry", good + "\nno\xff json\n" + late + "\n" + R"({"at": 7})"));
    ASSERT_TRUE(live->push("telemetry", good));
  }

  const auto live = open();  // what is fed again is not left out again
  const std::vector<LeftOutEvent> events = live->left_out("telemetry", {}, 10).value();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].record, "no\xff json");
  EXPECT_EQ(events[0].reason, LeftOutEvent::Reason::kUnreadable);
  EXPECT_EQ(events[1].record, R"({"at": 7})");
  EXPECT_EQ(events[2].record, late);
  EXPECT_EQ(events[2].reason, LeftOutEvent::Reason::kLate);
  EXPECT_EQ(events[2].problem, "1970-01-01T01:00:00Z is before the watermark 1970-01-01T01:39:00Z");
  EXPECT_EQ(events[2].now_us, clock.now);
  EXPECT_EQ(live->left_out("telemetry", {events[0].push, events[0].index}, 1).value().at(0).record, events[1].record);
  EXPECT_TRUE(live->left_out("telemetry", {events[2].push, events[2].index}, 1).value().empty());
  EXPECT_EQ(live->left_out("telemetri", {}, 1).error().kind(), ErrorKind::kNotFound);
}

TEST(LiveFeatures, LeavesOutWhatIsTooFarAheadOfTheClock) {
  StoppedClock clock;
  clock.now = 100 * kMinute;
  MemoryEventLog log;
  LiveOptions options;
  options.clock = &clock;
  options.log = &log;
  options.max_ahead = Duration{10 * kMinute};
  const Session session = sound_session(std::string(kPumps), ".");
  const auto live = LiveFeatures::open(session, options).value();
  const auto push = [&](int64_t us) {
    return live->push("telemetry", R"({"pump_id": "p1", "flow": 1.0, "at": ")" + to_string(EventTime{us}) + "\"}")
        .value();
  };

  EXPECT_EQ(push(100 * kMinute).accepted, 1);
  EXPECT_EQ(push(110 * kMinute).ahead, 1);
  const LivePush far = push(110 * kMinute + 1);
  EXPECT_EQ(far.accepted, 0);
  EXPECT_EQ(far.too_far_ahead, 1);
  EXPECT_EQ(live->sources()[0].newest, EventTime{110 * kMinute});
  EXPECT_EQ(live->sources()[0].too_far_ahead, 1);
  EXPECT_EQ(live->left_out("telemetry", {}, 9).value().at(0).reason, LeftOutEvent::Reason::kAhead);

  // Judged by the clock of then, also where it is fed again later.
  clock.now = 200 * kMinute;
  const auto again = LiveFeatures::open(session, options).value();
  EXPECT_EQ(again->sources()[0].accepted, 2);
  EXPECT_EQ(again->sources()[0].too_far_ahead, 1);
}

TEST_F(LiveFeaturesTest, SaysWhatBecomesOfEvents) {
  push("p1", 100, "1.0");
  const LivePush late = push("p1", 98, "1.0");
  EXPECT_EQ(late.accepted, 0);
  EXPECT_EQ(late.late, 1);
  EXPECT_EQ(late.watermark, EventTime{99 * kMinute});
  EXPECT_EQ(push("p1", 101, "1.0").ahead, 1);
  EXPECT_EQ(read("p1"), "1.0 1");

  const LivePush bad = push("p1", 100, "\"high\"");
  EXPECT_EQ(bad.accepted, 1);
  EXPECT_EQ(bad.bad_cells, 1);
  EXPECT_EQ(live_->push("telemetry", "{\"pump_id\": 1").value().unreadable, 1);
  const LiveSource source = live_->sources().at(0);
  EXPECT_EQ(source.accepted, 3);
  EXPECT_EQ(source.late, 1);
  EXPECT_EQ(source.unreadable, 1);
  EXPECT_EQ(source.waiting, 1);
}

TEST_F(LiveFeaturesTest, KnowsAPushThatIsSentAgain) {
  const std::string event = R"({"pump_id": "p1", "at": "1970-01-01T01:40:00Z", "flow": 1})";
  EXPECT_FALSE(live_->push("telemetry", event, "k").value().is_repeated);
  EXPECT_TRUE(live_->push("telemetry", event, "k").value().is_repeated);
  EXPECT_EQ(read("p1"), "1.0 1");
  EXPECT_EQ(live_->push("telemetry", event + " ", "k").error().kind(), ErrorKind::kConflict);

  clock_.now += 59 * kMinute;
  EXPECT_TRUE(live_->push("telemetry", event, "k").value().is_repeated);
  clock_.now += kMinute;
  EXPECT_FALSE(live_->push("telemetry", event, "k").value().is_repeated) << "an hour is over";
  EXPECT_EQ(live_->sources().at(0).accepted, 2);
}

TEST_F(LiveFeaturesTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(live_->push("telemetri", "{}").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(live_->read({{"flow_mian"}, {{Value{std::string("p1")}}}, {}}).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(live_->read({{"flow_mean"}, {{}}, {}}).error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(live_->read({{"flow_mean"}, {{Value{std::string("p1")}}}, EventTime{200 * kMinute}}).error().kind(),
            ErrorKind::kUsage);
  push("p1", 100, "1.0");
  EXPECT_EQ(live_->read({{"flow_mean"}, {{Value{std::string("p1")}}}, EventTime{0}}).error().kind(),
            ErrorKind::kNotFound);
  EXPECT_EQ(live_->read({{"flow_mean"}, {{Value{int64_t{1}}}}, {}}).error().kind(), ErrorKind::kData);
}

TEST_F(LiveFeaturesTest, HasAfterAStartWhatItHadBefore) {
  MemoryEventLog log;
  const auto start = [&] {
    const Session session = sound_session(std::string(kPumps), ".");
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log;
    live_ = nullptr;
    live_ = LiveFeatures::open(session, options).value();
  };
  start();
  push("p1", 99, "2.0");
  push("p2", 104, "8.0");  // ahead of the clock
  clock_.now = 103 * kMinute;
  push("p1", 103, "4.0");
  EXPECT_EQ(push("p1", 98, "100.0").late, 1);
  clock_.now = 104 * kMinute;
  const std::string before = read("p1") + ", " + read("p2");
  EXPECT_EQ(before, "3.0 2, 8.0 1");

  start();
  EXPECT_EQ(live_->replayed(), 4);
  EXPECT_EQ(read("p1") + ", " + read("p2"), before);
  EXPECT_EQ(live_->sources().at(0).late, 1);
}

TEST_F(LiveFeaturesTest, TakesNothingMoreOnceItCannotKeepIt) {
  MemoryEventLog log;
  LiveOptions options;
  options.clock = &clock_;
  options.log = &log;
  live_ = LiveFeatures::open(sound_session(std::string(kPumps), "."), options).value();
  push("p1", 99, "2.0");
  log.is_full = true;
  EXPECT_EQ(live_->push("telemetry", "{}").error().kind(), ErrorKind::kEnvironment);
  log.is_full = false;
  EXPECT_EQ(live_->push("telemetry", "{}").error().kind(), ErrorKind::kEnvironment);
  EXPECT_EQ(read("p1"), "2.0 1") << "reads go on";
  live_ = nullptr;
}

}  // namespace
}  // namespace headrace
