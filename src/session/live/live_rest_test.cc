/// Keys that leave memory: what of them is told, and that a server with ever new keys does not grow.

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace headrace {
namespace {

constexpr std::string_view kShop = R"yaml(
project: {name: shop}
---
entity: {name: visitor, key: visitor_id}
---
source: {name: visits, entity: visitor, event_time: at, columns: {visitor_id: string, page: string, spent: double}, allowed_lateness: 1m}
---
feature: {name: spent_10m, description: d, aggregation: [sum, max, ewma], params: {half_life: 1m}, window: 10m, source_features: [spent], owner: t, version: "1.0"}
---
feature: {name: pages_10m, description: d, aggregation: [count_distinct, mode], window: 10m, source_features: [page], owner: t, version: "1.0"}
)yaml";
constexpr std::string_view kEver = R"yaml(---
feature: {name: ever, description: d, aggregation: sum, window: lifetime, source_features: [spent], owner: t, version: "1.0"}
)yaml";
constexpr int64_t kAMinute = 60 * kMicrosPerSecond;

class LiveRestTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 1'000'000 * kMicrosPerSecond;
    options_.clock = &clock_;
    options_.log = &log_;
    options_.history = Duration{0};
  }

  std::unique_ptr<LiveFeatures> open(std::string_view more) {
    const Session session = sound_session(std::string(kShop) + std::string(more), ".");
    return LiveFeatures::open(session, options_).value();
  }

  void visit(LiveFeatures& live, const std::string& visitor, double spent) const {
    const std::string line = fmt::format(R"({{"visitor_id": "{}", "at": "{}", "page": "of {}", "spent": {}}})", visitor,
                                         to_string(EventTime{clock_.now}), visitor, spent);
    ASSERT_EQ(live.push("visits", line)->accepted, 1);
  }

  static LiveAnswer read(LiveFeatures& live, const std::string& visitor, const std::string& feature) {
    return live.read({{feature}, {{Value{visitor}}}, {}}).value();
  }

  StoppedClock clock_;
  MemoryEventLog log_;
  LiveOptions options_;
};

TEST_F(LiveRestTest, EverNewKeysDoNotGrow) {
  const std::unique_ptr<LiveFeatures> live = open("");
  std::vector<int64_t> bytes;
  for (int minute = 0; minute < 200; ++minute) {
    clock_.now += kAMinute;
    for (int i = 0; i < 50; ++i) visit(*live, fmt::format("visitor {} of minute {}", i, minute), i);
    ASSERT_TRUE(live->save().ok());
    bytes.push_back(live->memory_bytes());
  }
  const LiveEntity visitors = live->entities()[0];
  EXPECT_EQ(visitors.in_memory + visitors.at_rest, 200 * 50);
  EXPECT_LT(visitors.in_memory, 15 * 50);
  EXPECT_EQ(visitors.forgotten, visitors.at_rest);
  EXPECT_EQ(visitors.paged, 0);
  EXPECT_LT(bytes.back(), 2 * bytes[40]);
}

TEST_F(LiveRestTest, AForgottenKeyIsAnsweredAsItWas) {
  auto live = open("");
  visit(*live, "once", 7);
  const int64_t at = clock_.now;
  clock_.now += 20 * kAMinute;
  visit(*live, "later", 1);
  const LiveAnswer before = read(*live, "once", "spent_10m_sum");
  ASSERT_TRUE(live->save().ok());
  EXPECT_EQ(live->entities()[0].at_rest, 1);
  for (const bool is_new : {false, true}) {
    if (is_new) live = open("");
    const LiveAnswer after = read(*live, "once", "spent_10m_sum");
    EXPECT_EQ(to_json(after.values[0][0]), to_json(before.values[0][0]));
    EXPECT_EQ(after.newest[0][0], EventTime{at});
    EXPECT_EQ(live->entities()[0].woken, 1);
  }
  // It is asked for no more than a key of which nobody knows.
  EXPECT_EQ(read(*live, "never", "spent_10m_sum").newest[0][0], std::nullopt);
  EXPECT_EQ(live->entities()[0].woken, 1);

  ASSERT_TRUE(live->save().ok());
  EXPECT_EQ(live->entities()[0].at_rest, 1) << "again, though nothing came";

  visit(*live, "once", 3);
  EXPECT_EQ(to_json(read(*live, "once", "spent_10m_sum").values[0][0]), "3.0");
  EXPECT_EQ(to_json(read(*live, "once", "pages_10m_mode").values[0][0]), "\"of once\"");
}

TEST_F(LiveRestTest, LifetimeStatesLeaveOnlyWhereMemoryIsScarce) {
  auto live = open(kEver);
  const auto fill = [&] {
    for (int i = 0; i < 400; ++i) visit(*live, fmt::format("v{}", i), i);
    clock_.now += 20 * kAMinute;
    visit(*live, "later", 1);
    ASSERT_TRUE(live->save().ok());
  };
  fill();
  EXPECT_EQ(live->entities()[0].at_rest, 0);

  options_.memory_bytes = live->memory_bytes() / 2;
  live = open(kEver);
  for (int i = 0; i < 50; ++i) read(*live, fmt::format("v{}", i), "ever");  // these are wanted
  clock_.now += kAMinute;
  visit(*live, "later", 1);
  ASSERT_TRUE(live->save().ok());
  const LiveEntity visitors = live->entities()[0];
  EXPECT_GT(visitors.paged, 50);
  EXPECT_GT(visitors.in_memory, 50);
  EXPECT_EQ(visitors.in_memory + visitors.at_rest, 401);
  for (int i = 0; i < 50; ++i) read(*live, fmt::format("v{}", i), "ever");
  EXPECT_EQ(live->entities()[0].woken, 0);
  for (int i = 0; i < 400; ++i) {
    EXPECT_EQ(to_json(read(*live, fmt::format("v{}", i), "ever").values[0][0]), fmt::format("{}.0", i));
  }
  EXPECT_EQ(live->entities()[0].at_rest, 0);
}

/// Whoever reads of it waits until it is let through.
class SlowLog : public MemoryEventLog {
 public:
  Result<std::optional<std::string>> resting(const RestingPlace& place) const override {
    if (!is_read.exchange(true)) reads.count_down();
    go_on.wait();
    return MemoryEventLog::resting(place);
  }

  mutable std::atomic<bool> is_read = false;
  mutable std::latch reads{1};
  mutable std::latch go_on{1};
};

TEST_F(LiveRestTest, WhoReadsAKeyFromTheLogHoldsUpNoOther) {
  SlowLog log;
  options_.log = &log;
  options_.rests_always = true;
  const std::unique_ptr<LiveFeatures> live = open(kEver);
  visit(*live, "cold", 5);
  clock_.now += 20 * kAMinute;
  visit(*live, "warm", 1);
  ASSERT_TRUE(live->save().ok());
  ASSERT_EQ(live->entities()[0].at_rest, 1);

  std::future<LiveAnswer> cold = std::async(std::launch::async, [&] { return read(*live, "cold", "ever"); });
  log.reads.wait();
  EXPECT_EQ(to_json(read(*live, "warm", "ever").values[0][0]), "1.0");
  visit(*live, "warm", 2);
  EXPECT_EQ(to_json(read(*live, "warm", "ever").values[0][0]), "3.0");
  ASSERT_TRUE(live->save().ok());
  EXPECT_EQ(live->entities()[0].woken, 0) << "it is read still";

  log.go_on.count_down();
  EXPECT_EQ(to_json(cold.get().values[0][0]), "5.0");
}

TEST_F(LiveRestTest, OtherDefinitionsDoNotFindWhatRestedBefore) {
  options_.rests_always = true;
  auto live = open(kEver);
  visit(*live, "v", 5);
  clock_.now += 20 * kAMinute;
  visit(*live, "later", 1);
  ASSERT_TRUE(live->save().ok());
  EXPECT_EQ(live->entities()[0].at_rest, 1);

  const std::string other = std::string(kEver) + R"yaml(---
feature: {name: most, description: d, aggregation: max, window: lifetime, source_features: [spent], owner: t, version: "1.0"}
)yaml";
  for (int turn = 0; turn < 3; ++turn) {  // from the log; from their own checkpoint; fewer than that has
    live = open(turn < 2 ? other : std::string(kEver));
    EXPECT_EQ(live->entities()[0].at_rest, turn > 0 ? 1 : 0) << turn;
    EXPECT_EQ(to_json(read(*live, "v", "ever").values[0][0]), "5.0") << turn;
    clock_.now += 20 * kAMinute;
    visit(*live, "later", 1);
    ASSERT_TRUE(live->save().ok());
    ASSERT_TRUE(live->save().ok());
  }
}

}  // namespace
}  // namespace headrace
