// An entity that is forgotten leaves nothing of itself, and all others as they were.

#include "session/live/forgotten_events.h"

#include "engine/stream/undecoded_message.h"
#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

namespace headrace {
namespace {

constexpr int64_t kForgetMinute = 60 * kMicrosPerSecond;

constexpr std::string_view kForgetPumps = R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double, state: string}, allowed_lateness: 5m}
---
source: {name: repairs, entity: pump, event_time: at, columns: {pump_id: string, cost: int64}, allowed_lateness: 2m}
---
feature: {name: flow_1h, description: d, aggregation: [mean, max], window: [20m, 1h], source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: ever, description: d, aggregation: [sum, median], window: lifetime, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: states, description: d, aggregation: top_k, params: {k: 2}, window: {last: 4}, source_features: [state], owner: t, version: "1.0"}
---
feature: {name: cost, description: d, aggregation: sum, window: lifetime, source_features: [cost], owner: t, version: "1.0"}
)yaml";

class ForgetTest : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override { clock_.now = 100 * kForgetMinute; }

  std::unique_ptr<LiveFeatures> open(EventLog& log, std::optional<Duration> keep = {}) const {
    LiveOptions options;
    options.max_ahead = Duration{20 * kForgetMinute};
    options.clock = &clock_;
    options.log = &log;
    options.keep = keep;
    const Session session = sound_session(std::string(kForgetPumps), ".");
    return LiveFeatures::open(session, options).value();
  }

  /// One line in twelve cannot be read.
  static std::string event(std::mt19937_64& random, int64_t now, bool is_repair) {
    const auto back = static_cast<int64_t>(random() % (random() % 8 == 0 ? 600 : 100)) * kMicrosPerSecond;
    const auto ahead = random() % 15 == 0 ? static_cast<int64_t>(random() % 30) * kForgetMinute : 0;
    const std::string at = random() % 12 == 0 ? "soon" : to_string(EventTime{now - back + ahead});
    const uint64_t pump = random() % 4;
    if (is_repair) return fmt::format(R"({{"pump_id": "pump-{}", "at": "{}", "cost": {}}})", pump, at, random() % 1000);
    return fmt::format(R"({{"pump_id": "pump-{}", "at": "{}", "flow": {}, "state": "{}"}})", pump, at,
                       static_cast<double>(random() % 10'000) / 64.0,
                       std::string(1, static_cast<char>('a' + random() % 4)));
  }
  static std::string renamed(std::string text) {
    for (size_t at = text.find("pump-0"); at != std::string::npos; at = text.find("pump-0"))
      text.replace(at, 6, "gone-0");
    return text;
  }

  static std::string values_of(LiveFeatures& live, int64_t at) {
    std::vector<std::string> names;
    for (const PlanFeature& feature : live.plan().features) names.push_back(feature.name);
    std::vector<std::vector<Value>> pumps;
    for (int pump = 0; pump < 4; ++pump) pumps.push_back({Value{fmt::format("pump-{}", pump)}});
    const Result<LiveAnswer> answer = live.read({names, pumps, EventTime{at}});
    if (!answer) return answer.error().message();
    std::string text;
    for (size_t pump = 0; pump < answer->values.size(); ++pump) {
      for (const Value& value : answer->values[pump]) text += to_json(value) + " ";
      for (const auto& newest : answer->newest[pump]) text += newest ? to_string(*newest) + " " : "- ";
    }
    return text;
  }
  static std::string counts_of(const LiveFeatures& live) {
    std::string text;
    for (const LiveSource& source : live.sources()) {
      text += fmt::format("{} {} {} {} {} {}; ", source.name, source.accepted, source.late, source.unreadable,
                          source.too_far_ahead, source.watermark ? to_string(*source.watermark) : "-");
    }
    return text;
  }
  static std::string all_of(const EventLog& log) {
    std::string text;
    const auto checkpoint = log.checkpoint().value();
    EXPECT_TRUE(log.replay(checkpoint ? checkpoint->keep_from : 0, [&](const LoggedPush& push) -> Status {
      text += push.records + "\n";
      return {};
    }));
    for (const char* source : {"telemetry", "repairs"}) {
      const std::vector<LeftOutEvent> left_out = log.left_out(source, {}, 100'000).value();
      for (const LeftOutEvent& event : left_out) text += event.record + event.problem + "\n";
    }
    if (checkpoint) {
      for (const auto& [name, bytes] : checkpoint->parts) text += bytes;
    }
    return text;
  }

  StoppedClock clock_;
};

TEST_P(ForgetTest, ItBeginsAnewAndOthersGoOn) {
  // The other server never heard of pump-0 before the moment of forgetting: another one had its events.
  MemoryEventLog log, other_log;
  const std::optional<Duration> keep = GetParam() % 2 == 0 ? std::nullopt : std::optional(Duration{10 * kForgetMinute});
  auto live = open(log, keep);
  auto other = open(other_log);
  std::mt19937_64 random(GetParam());
  bool is_forgotten = false;
  for (int push = 0; push < 240; ++push) {
    clock_.now += static_cast<int64_t>(random() % 120) * kMicrosPerSecond;
    const bool is_repair = random() % 3 == 0;
    const bool is_array = random() % 4 == 0;
    std::string events;
    for (uint64_t left = 1 + random() % 4; left > 0; --left)
      events += event(random, clock_.now, is_repair) + (is_array && left > 1 ? "," : "\n");
    if (is_array) events = "[" + events + "]";
    const std::string source = is_repair ? "repairs" : "telemetry";
    const std::string key = random() % 3 == 0 ? fmt::format("key {}", push) : "";
    const auto push_key = key.empty() ? std::optional<std::string_view>() : std::optional<std::string_view>(key);
    const LivePush pushed = live->push(source, events, push_key).value();
    const LivePush expected = other->push(source, is_forgotten ? events : renamed(events), push_key).value();
    ASSERT_EQ(pushed.accepted, expected.accepted);
    ASSERT_EQ(pushed.late, expected.late);
    ASSERT_EQ(pushed.unreadable, expected.unreadable);
    if (random() % 12 == 0) {
      ASSERT_TRUE(live->save());
    }
    if (random() % 40 == 0) live = live->open_again().value();

    if (push == 120) {
      ASSERT_NE(all_of(log).find("pump-0"), std::string::npos);
      ASSERT_TRUE(note_forgotten(log, 0, {"pump", {"pump_id"}, {Value{std::string("pump-0")}}}));
      live = live->open_again().value();
      is_forgotten = true;
      EXPECT_GT(live->forgotten().events, 10);
      EXPECT_GT(live->forgotten().left_out, 0);
      EXPECT_EQ(all_of(log).find("pump-0"), std::string::npos);
      EXPECT_EQ(forgotten_entities(log)->at(0).stage, ForgottenEntity::Stage::kFeatureLog);

      // The same push under its key is known though it is not what it was.
      if (!key.empty()) {
        EXPECT_TRUE(live->push(source, events, push_key)->is_repeated);
      }
    }
    ASSERT_EQ(counts_of(*live), counts_of(*other)) << "after push " << push;
    const int64_t back = static_cast<int64_t>(random() % 80) * kForgetMinute;
    const int64_t at = std::max({live->earliest(0).us, other->earliest(0).us, clock_.now - back});
    const std::string own = values_of(*live, at);
    if (is_forgotten) {
      ASSERT_EQ(own, values_of(*other, at)) << "after push " << push;
    }
  }
  EXPECT_NE(all_of(log).find("pump-0"), std::string::npos) << "what came afterwards is kept";
}

INSTANTIATE_TEST_SUITE_P(Random, ForgetTest, testing::Range(uint64_t{1}, uint64_t{9}));

class ForgetOnce : public ForgetTest {};

TEST_F(ForgetOnce, TellsWhatCannotBeJudged) {
  MemoryEventLog log;
  auto live = open(log);
  ASSERT_TRUE(live->push("telemetry",
                         "{\"pump_id\": \"pump-0\", \n{\"pump_id\": \"pump-1\", \n"
                         "{\"pump_id\": \"pump-0\", \"at\": 3}\n" +
                             to_line({.reason = "is cut off", .bytes = "\x0cpump-0"})));
  const LoggedPush unread{.source = "gone", .records = "{}"};
  live.reset();
  ASSERT_TRUE(log.append({&unread, 1}));
  ASSERT_TRUE(note_forgotten(log, 4, {"pump", {"pump_id"}, {Value{std::string("pump-0")}}}));
  live = open(log);
  EXPECT_EQ(live->forgotten().events, 1);
  EXPECT_EQ(live->forgotten().not_judged, 2);
  EXPECT_EQ(live->forgotten().not_read, 1);
  EXPECT_EQ(live->forgotten().states, 0);
  EXPECT_EQ(live->sources()[0].unreadable, 4);
  ASSERT_TRUE(end_forgotten(log, 4));
  EXPECT_EQ(open(log)->sources()[0].unreadable, 4);
  ASSERT_TRUE(log.note("forget 5", "damaged"));
  EXPECT_EQ(forgotten_entities(log).error().kind(), ErrorKind::kData);
}

}  // namespace
}  // namespace headrace
