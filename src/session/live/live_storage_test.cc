/// Live features that are stopped and opened again give the values of those that went on.

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

namespace headrace {
namespace {

constexpr int64_t kMinuteUs = 60 * kMicrosPerSecond;

std::string pumps(std::string_view more = "") {
  return R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double, state: string}, allowed_lateness: 5m}
---
source: {name: repairs, entity: pump, event_time: at, columns: {pump_id: string, cost: int64}, allowed_lateness: 2m}
---
feature: {name: flow_1h, description: d, aggregation: [mean, max, stddev], window: [20m, 1h], source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: ever, description: d, aggregation: [sum, median, count_distinct, skewness], window: lifetime, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: first_states, description: d, aggregation: first_k, params: {k: 3}, window: lifetime, source_features: [state], owner: t, version: "1.0"}
---
feature: {name: states, description: d, aggregation: top_k, params: {k: 2}, window: {last: 4}, source_features: [state], owner: t, version: "1.0"}
---
feature: {name: cost, description: d, aggregation: sum, window: lifetime, source_features: [cost], owner: t, version: "1.0"}
---
feature: {name: above, description: d, aggregation: count, window: 30m, filter: "flow > flow_1h_mean_20m", source_features: [flow, flow_1h_mean_20m], owner: t, version: "1.0"}
)yaml" + std::string(more);
}

Session session_of(const std::string& text) { return sound_session(text, "."); }

std::string event(std::mt19937_64& random, int64_t now, bool is_repair) {
  const auto back = static_cast<int64_t>(random() % (random() % 8 == 0 ? 600 : 100)) * kMicrosPerSecond;
  const auto ahead = random() % 20 == 0 ? static_cast<int64_t>(random() % 30) * kMinuteUs : 0;
  const std::string at = to_string(EventTime{now - back + ahead});
  const uint64_t pump = random() % 5;
  if (is_repair) return fmt::format(R"({{"pump_id": "p{}", "at": "{}", "cost": {}}})", pump, at, random() % 1000);
  const double flow = static_cast<double>(random() % 10'000) / 64.0;
  return fmt::format(R"({{"pump_id": "p{}", "at": "{}", "flow": {}, "state": "{}"}})", pump, at, flow,
                     std::string(1, static_cast<char>('a' + random() % 4)));
}

class LiveStorageTest : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override { clock_.now = 100 * kMinuteUs; }

  LiveOptions options_of(EventLog& log, std::optional<Duration> keep) const {
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log;
    options.keep = keep;
    return options;
  }

  std::string values_of(LiveFeatures& live, int64_t at) const {
    std::vector<std::string> names;
    for (const PlanFeature& feature : live.plan().features) names.push_back(feature.name);
    std::vector<std::vector<Value>> pumps;
    for (int pump = 0; pump < 6; ++pump) pumps.push_back({Value{fmt::format("p{}", pump)}});
    const Result<LiveAnswer> answer = live.read({names, pumps, EventTime{at}});
    if (!answer) return answer.error().message();
    std::string text;
    for (size_t pump = 0; pump < answer->values.size(); ++pump) {
      for (const Value& value : answer->values[pump]) text += to_json(value) + " ";
      for (const auto& newest : answer->newest[pump]) text += newest ? to_string(*newest) + " " : "- ";
    }
    return text;
  }

  StoppedClock clock_;
};

TEST_P(LiveStorageTest, OpenedAgainTheyGoOn) {
  const std::optional<Duration> keep = GetParam() % 2 == 0 ? std::nullopt : std::optional(Duration{10 * kMinuteUs});
  const Session session = session_of(pumps());
  MemoryEventLog steady_log;
  MemoryEventLog log;
  const auto steady = LiveFeatures::open(session, options_of(steady_log, {})).value();
  LiveOptions options = options_of(log, keep);
  options.rests_always = GetParam() % 4 > 1;
  if (options.rests_always) options.history = Duration{0};  // a key without events for some minutes leaves memory
  auto live = LiveFeatures::open(session, options).value();

  std::mt19937_64 random(GetParam());
  size_t opened = 0;
  int64_t woken = 0;
  for (int push = 0; push < 500; ++push) {
    clock_.now += static_cast<int64_t>(random() % 120) * kMicrosPerSecond;
    if (random() % 40 == 0) clock_.now += 4 * 60 * kMinuteUs;  // nothing comes for a while
    const bool is_repair = random() % 3 == 0;
    std::string events;
    for (uint64_t left = 1 + random() % 4; left > 0; --left) events += event(random, clock_.now, is_repair) + "\n";
    const std::string source = is_repair ? "repairs" : "telemetry";
    const LivePush expected = steady->push(source, events).value();
    const LivePush pushed = live->push(source, events).value();
    ASSERT_EQ(pushed.accepted, expected.accepted);
    ASSERT_EQ(pushed.late, expected.late);
    ASSERT_EQ(pushed.ahead, expected.ahead);

    if (random() % 10 == 0) {
      ASSERT_TRUE(live->save().ok());
    }
    if (random() % 30 == 0) {
      woken += live->entities()[0].woken;
      live = LiveFeatures::open(session, options).value();
      ++opened;
      ASSERT_EQ(live->sources()[0].accepted, steady->sources()[0].accepted);
      ASSERT_EQ(live->sources()[1].late, steady->sources()[1].late);
    }
    if (random() % 3 == 0) {
      const int64_t back = static_cast<int64_t>(random() % 80) * kMinuteUs;
      const int64_t at = std::max({live->earliest(0).us, steady->earliest(0).us, clock_.now - back});
      ASSERT_EQ(values_of(*live, at), values_of(*steady, at)) << "after push " << push;
    }
  }
  EXPECT_GT(opened, 5u);
  EXPECT_EQ(log.first() > 100, keep.has_value()) << log.first();
  EXPECT_LT(live->replayed(), 300);
  EXPECT_EQ(woken > 5, options.rests_always) << woken;
}

INSTANTIATE_TEST_SUITE_P(Random, LiveStorageTest, testing::Range(uint64_t{1}, uint64_t{9}));

class LiveSyncs : public LiveStorageTest {};

TEST_F(LiveSyncs, AreOfNoSource) {
  MemoryEventLog log;
  LiveOptions options = options_of(log, {});
  options.sync_every = Duration{1000};
  const auto live = LiveFeatures::open(session_of(pumps()), options).value();
  std::mt19937_64 random(1);
  ASSERT_TRUE(live->push("telemetry", event(random, clock_.now, false)).ok());
  EXPECT_TRUE(live->flush().ok()) << "a sync was made";
}

class LiveDefinitions : public LiveStorageTest {};

TEST_F(LiveDefinitions, OfAnotherTypeDoNotTakeTheStates) {
  MemoryEventLog log;
  std::string text = pumps();
  auto live = LiveFeatures::open(session_of(text), options_of(log, {})).value();
  for (int64_t cost : {3, 4}) {
    ASSERT_TRUE(live->push("repairs", fmt::format(R"({{"pump_id": "p1", "at": "{}", "cost": {}}})",
                                                  to_string(EventTime{clock_.now}), cost))
                    .ok());
    // The states take what the watermarks of both sources have passed.
    clock_.now += 10 * kMinuteUs;
    std::mt19937_64 random(1);
    ASSERT_TRUE(live->push("telemetry", event(random, clock_.now, false)).ok());
  }
  ASSERT_TRUE(live->save().ok());
  live.reset();

  text.replace(text.find("cost: int64"), 11, "cost: double");
  live = LiveFeatures::open(session_of(text), options_of(log, {})).value();
  const LiveAnswer answer = live->read({{"cost"}, {{Value{std::string("p1")}}}, {}}).value();
  EXPECT_EQ(to_json(answer.values[0][0]), "7.0");
  EXPECT_EQ(live->replayed(), 4) << "from the first push on";
}

TEST_F(LiveDefinitions, ThatAreNewSeeAllThatIsKept) {
  constexpr std::string_view kMore = R"yaml(
---
feature: {name: longest, description: d, aggregation: max, window: 3h, source_features: [flow], owner: t, version: "1.0"}
)yaml";
  for (const bool is_cut : {false, true}) {
    MemoryEventLog log;
    const auto keep = is_cut ? std::optional(Duration{0}) : std::nullopt;
    auto live = LiveFeatures::open(session_of(pumps()), options_of(log, keep)).value();
    std::mt19937_64 random(7);
    for (int push = 0; push < 300; ++push) {
      clock_.now += kMinuteUs;
      ASSERT_TRUE(live->push("telemetry", event(random, clock_.now, false)).ok());
      ASSERT_TRUE(live->push("repairs", event(random, clock_.now, true)).ok());
      if (push % 20 == 0) {
        ASSERT_TRUE(live->save().ok());
      }
    }
    ASSERT_TRUE(live->save().ok());
    live.reset();

    auto opened = LiveFeatures::open(session_of(pumps(kMore)), options_of(log, keep));
    ASSERT_EQ(opened.ok(), !is_cut);
    if (is_cut) {
      EXPECT_EQ(opened.error().kind(), ErrorKind::kConflict);
      EXPECT_TRUE(LiveFeatures::open(session_of(pumps()), options_of(log, keep)).ok());
    } else {
      const LiveAnswer answer = (*opened)->read({{"longest"}, {{Value{std::string("p1")}}}, {}}).value();
      EXPECT_FALSE(answer.values[0][0].is_null());
    }
  }
}

TEST_F(LiveDefinitions, KnowThePushesThatACheckpointPassesOver) {
  MemoryEventLog log;
  const std::string one = R"({"pump_id": "p1", "at": "1970-01-01T01:40:00Z", "flow": 1})";
  auto live = LiveFeatures::open(session_of(pumps()), options_of(log, Duration{0})).value();
  const LivePush first = live->push("telemetry", one, "before the checkpoint").value();
  clock_.now += 30 * kMinuteUs;
  for (int push = 0; push < 3; ++push) {
    const std::string at = to_string(EventTime{clock_.now - 3 * kMinuteUs + push * kMinuteUs});
    ASSERT_TRUE(live->push("telemetry", fmt::format(R"({{"pump_id": "p1", "at": "{}", "flow": 2}})", at)).ok());
    ASSERT_TRUE(live->push("repairs", fmt::format(R"({{"pump_id": "p1", "at": "{}", "cost": 2}})", at)).ok());
    ASSERT_TRUE(live->save().ok());
  }
  const std::string late =
      fmt::format(R"({{"pump_id": "p2", "at": "{}", "flow": 3}})", to_string(EventTime{clock_.now}));
  ASSERT_TRUE(live->push("telemetry", late, "after it").ok());

  live = LiveFeatures::open(session_of(pumps()), options_of(log, Duration{0})).value();
  const LivePush again = live->push("telemetry", one, "before the checkpoint").value();
  EXPECT_TRUE(again.is_repeated);
  EXPECT_EQ(again.accepted, first.accepted);
  EXPECT_EQ(again.watermark, first.watermark);
  EXPECT_TRUE(live->push("telemetry", late, "after it").value().is_repeated);
  EXPECT_EQ(live->push("telemetry", "{}", "before the checkpoint").error().kind(), ErrorKind::kConflict);
  clock_.now += 31 * kMinuteUs;
  EXPECT_FALSE(live->push("telemetry", one, "before the checkpoint").value().is_repeated);
}

}  // namespace
}  // namespace headrace
