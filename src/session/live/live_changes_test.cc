/// Whoever takes the changed rows has, after each round, what a read gives: through events in any order, windows that age,
/// rows that were given back, and starts from a checkpoint.

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace headrace {
namespace {

constexpr int64_t kSecond = kMicrosPerSecond;

constexpr std::string_view kStation = R"yaml(
project: {name: station}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double, state: string}, allowed_lateness: 5m}
---
feature: {name: flow_mean, description: d, aggregation: mean, window: [2m, 20m], source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: before, description: d, aggregation: max, window: {size: 3m, closed: left, offset: 1m}, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: per_minute, description: d, aggregation: sum, window: {tumbling: 4m}, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: visit, description: d, aggregation: count, window: {session: 90s}, source: telemetry, owner: t, version: "1.0"}
---
feature: {name: ever, description: d, aggregation: count, window: lifetime, source: telemetry, owner: t, version: "1.0"}
---
feature: {name: open, description: d, aggregation: last_k, params: {k: 2}, window: 5m, filter: "state == 'open'", source_features: [flow, state], formula: flow, owner: t, version: "1.0"}
---
feature: {name: hidden, internal: true, description: d, aggregation: min, window: 7m, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: ratio, description: d, formula: flow_mean_2m / ever, source_features: [flow_mean_2m, ever], owner: t, version: "1.0"}
)yaml";

const std::vector<std::string> kWritten = {"flow_mean_2m", "flow_mean_20m", "before", "per_minute",
                                           "visit",        "ever",          "open",   "ratio"};

Session station() { return sound_session(std::string(kStation), "."); }

class LiveChangesTest : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override { clock_.now = 1'000'000 * kSecond; }

  std::unique_ptr<LiveFeatures> open() {
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log_;
    options.followers = 1;
    // With less than the longest window a start has events in its states that are not fed again.
    if (GetParam() % 3 == 0) options.history = Duration{0};
    if (GetParam() % 3 == 1) options.history = Duration{60 * kSecond};
    options.rests_always = GetParam() % 2 == 0;
    return LiveFeatures::open(station(), options).value();
  }

  void push(LiveFeatures& live) {
    std::string lines;
    for (uint64_t left = random_() % 4; left > 0; --left) {
      const auto back = static_cast<int64_t>(random_() % (random_() % 4 == 0 ? 280 : 20));
      const auto ahead = random_() % 10 == 0 ? static_cast<int64_t>(random_() % 200) : 0;
      const std::string flow = random_() % 9 == 0 ? "null" : fmt::format("{}.5", random_() % 100);
      lines += fmt::format(R"({{"pump_id": "p{}", "at": "{}", "flow": {}, "state": "{}"}})", random_() % kPumps,
                           to_string(EventTime{clock_.now + (ahead - back) * kSecond}), flow,
                           random_() % 2 == 0 ? "open" : "shut");
      lines += "\n";
    }
    if (lines.empty()) return;
    ASSERT_TRUE(live.push("telemetry", lines).ok());
  }

  /// Takes all changed rows into the table; some are given back first.
  void take(LiveFeatures& live) {
    EXPECT_TRUE(live.pass_edges(0).ok());
    while (true) {
      const ChangedRows rows = live.take_changed(0, 0, 3).value();
      if (rows.size() == 0) return;
      if (random_() % 5 == 0) {
        live.put_back(rows);
        continue;
      }
      EXPECT_GE(live.changes_waiting(0).keys, static_cast<int64_t>(rows.size()));
      live.note_written(rows);
      for (size_t row = 0; row < rows.size(); ++row) {
        EXPECT_LE(rows.times[row].us, clock_.now);
        EXPECT_LE(rows.newest[row], rows.times[row]);
        std::string& values = table_[std::get<std::string>(rows.keys[row][0].data)];
        values.clear();
        for (const Column& column : rows.values) values += to_json(column.value_at(static_cast<int64_t>(row))) + " ";
      }
    }
  }

  void expect_table(LiveFeatures& live, const std::string& when) {
    for (int pump = 0; pump < kPumps; ++pump) {
      const std::string key = "p" + std::to_string(pump);
      const LiveAnswer answer = live.read({kWritten, {{Value{key}}}, {}}).value();
      std::string values;
      for (const Value& value : answer.values[0]) values += to_json(value) + " ";
      if (table_.contains(key)) {
        EXPECT_EQ(table_[key], values) << when << " " << key << " seed " << GetParam();
      } else {
        EXPECT_EQ(answer.newest[0][0], std::nullopt) << when << " " << key;
      }
    }
  }

  static constexpr int kPumps = 5;

  std::mt19937_64 random_{GetParam()};
  StoppedClock clock_;
  MemoryEventLog log_;
  std::map<std::string, std::string> table_;
};

TEST_P(LiveChangesTest, GiveTheTableOfNow) {
  std::unique_ptr<LiveFeatures> live = open();
  int64_t woken = 0;
  for (int round = 0; round < 150; ++round) {
    if (random_() % 3 != 0) push(*live);
    if (random_() % 40 == 0) clock_.now += 1500 * kSecond;  // all windows of time are empty
    clock_.now += static_cast<int64_t>(random_() % (random_() % 10 == 0 ? 400 : 10)) * kSecond;
    take(*live);
    expect_table(*live, "round " + std::to_string(round));
    if (random_() % 8 == 0) {
      ASSERT_TRUE(live->save().ok());
    }
    if (random_() % 12 != 0) continue;
    woken += live->entities()[0].woken;
    live.reset();
    clock_.now += static_cast<int64_t>(random_() % 100) * kSecond;
    live = open();
    if (random_() % 2 == 0) table_.clear();  // the store is another one
    take(*live);
    expect_table(*live, "start in round " + std::to_string(round));
  }
  // How many there are depends on the compiler, which may draw the random numbers of an expression in any order.
  if (GetParam() % 2 != 0) {
    EXPECT_EQ(woken, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveChangesTest, testing::Range<uint64_t>(1, 13));

class LiveChangesOnce : public LiveChangesTest {};

TEST_P(LiveChangesOnce, HaveTheFeaturesThatAreNotInternal) {
  const std::unique_ptr<LiveFeatures> live = open();
  std::vector<std::string> names;
  for (const size_t f : live->changed_features(0)) names.push_back(live->plan().features[f].name);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), std::set<std::string>(kWritten.begin(), kWritten.end()));
}

TEST_P(LiveChangesOnce, AreNotGivenWhenTheLogTakesNothing) {
  const std::unique_ptr<LiveFeatures> live = open();
  log_.is_full = true;
  const std::string line =
      fmt::format(R"({{"pump_id": "p1", "at": "{}", "flow": 1.5}})", to_string(EventTime{clock_.now}));
  EXPECT_FALSE(live->push("telemetry", line).ok());
  EXPECT_FALSE(live->take_changed(0, 0, 9).ok());
  EXPECT_EQ(live->changes_waiting(0).keys, 1);
}

TEST_P(LiveChangesOnce, AreAllOnceMore) {
  const std::unique_ptr<LiveFeatures> live = open();
  push(*live);
  push(*live);
  push(*live);
  take(*live);
  EXPECT_EQ(live->changes_waiting(0).keys, 0);
  const auto known = table_;
  table_.clear();
  live->change_all(0);
  take(*live);
  EXPECT_EQ(table_, known);
}

/// Of one pump: the end of each value by the name of its feature.
std::map<std::string, int64_t> ends_of(LiveFeatures& live) {
  const ChangedRows rows = live.take_changed(0, 0, 9).value();
  EXPECT_EQ(rows.size(), 1u);
  live.note_written(rows);
  std::map<std::string, int64_t> ends;
  const std::vector<size_t>& features = live.changed_features(0);
  for (size_t i = 0; i < features.size(); ++i) ends[live.plan().features[features[i]].name] = rows.holds_until[i][0];
  return ends;
}

TEST_P(LiveChangesOnce, AValueHoldsUntilItsOwnWindowsLetGo) {
  const std::unique_ptr<LiveFeatures> live = open();
  const int64_t at = clock_.now - 10 * kSecond;
  const auto push_at = [&](int64_t time) {
    const std::string line = fmt::format(R"({{"pump_id": "p1", "at": "{}", "flow": 1.5}})", to_string(EventTime{time}));
    ASSERT_TRUE(live->push("telemetry", line).ok());
  };
  push_at(at);
  std::map<std::string, int64_t> ends = ends_of(*live);
  EXPECT_EQ(ends["flow_mean_2m"], at + 120 * kSecond);
  EXPECT_EQ(ends["flow_mean_20m"], at + 1200 * kSecond);
  EXPECT_EQ(ends["before"], at + 60 * kSecond + 1);  // comes in a minute late
  EXPECT_EQ(ends["visit"], at + 90 * kSecond + 1);
  EXPECT_EQ(ends["open"], at + 300 * kSecond);  // the filter lets it not pass, but it counts
  EXPECT_EQ(ends["ever"], kTimeMax);
  EXPECT_EQ(ends["ratio"], at + 120 * kSecond);

  const int64_t ahead = clock_.now + 5 * kSecond;
  push_at(ahead);
  ends = ends_of(*live);
  for (const auto& [feature, end] : ends) EXPECT_LE(end, ahead) << feature;
  EXPECT_EQ(ends["ever"], ahead);
}

TEST_P(LiveChangesOnce, AnEntityWithoutEventsHasARowToo) {
  const std::unique_ptr<LiveFeatures> live = open();
  for (int turn = 0; turn < 2; ++turn) {
    const ChangedRows row = live->row_without_events(0).value();
    const LiveAnswer answer = live->read({kWritten, {{Value{std::string("nobody")}}}, {}}).value();
    for (size_t i = 0; i < kWritten.size(); ++i) {
      const auto& features = live->changed_features(0);
      for (size_t f = 0; f < features.size(); ++f) {
        if (live->plan().features[features[f]].name != kWritten[i]) continue;
        EXPECT_EQ(row.values[f].value_at(0), answer.values[0][i]) << kWritten[i];
        EXPECT_EQ(row.event_times[f][0], std::nullopt);
        EXPECT_EQ(row.holds_until[f][0], kTimeMax);
      }
    }
    push(*live);  // then the types of the keys are known
  }
}

INSTANTIATE_TEST_SUITE_P(One, LiveChangesOnce, testing::Values(7));

}  // namespace
}  // namespace headrace
