#include "explain/explain_testing.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

/// The steps of one aggregation of `source_features`, joined.
std::string steps(const std::string& rest, const Ask& ask) {
  std::string out;
  for (const std::string& step : explained(feature("f", rest), ask).steps) out += (out.empty() ? "" : " | ") + step;
  return out;
}

std::string over_lifetime(const std::string& aggregation, const std::string& column) {
  return steps("source_features: [" + column + "], window: lifetime, aggregation: " + aggregation, {});
}

// At second 30, the values of p1 are: flow 1 3 5 2 6, n 3 1 2 2 7, mode run run run idle run.

TEST(Explain, StepsOfEachAggregation) {
  EXPECT_EQ(over_lifetime("count", "flow"), "count = 5");
  EXPECT_EQ(over_lifetime("sum", "n"), "sum of 5 values = 15");
  EXPECT_EQ(over_lifetime("mean", "flow"), "mean = sum / n = 17.0 / 5 = 3.4");
  EXPECT_EQ(over_lifetime("variance", "n"), "variance of 5 values = (n·Σx² − (Σx)²) / (n·(n − 1)) = 5.5");
  EXPECT_EQ(over_lifetime("stddev_pop", "n"),
            "variance_pop of 5 values = 4.4 | stddev_pop = sqrt(4.4) = 2.0976176963403033");
  EXPECT_EQ(over_lifetime("min", "mode"), "min of 5 values = \"idle\", of the event at 1970-01-01T00:00:20Z");
  EXPECT_EQ(over_lifetime("max", "flow"), "max of 5 values = 6.0, of the event at 1970-01-01T00:00:30Z");
  EXPECT_EQ(over_lifetime("range", "n"), "range = max − min = 7 − 1 = 6");
  EXPECT_EQ(over_lifetime("first", "flow"), "first of 5 values = 1.0, of the event at 1970-01-01T00:00:00Z");
  EXPECT_EQ(over_lifetime("last_k, params: {k: 2}", "flow"), "the last 2 of 5 values, oldest first");
  EXPECT_EQ(over_lifetime("median", "n"), "x sorted, from x[0] to x[4]; h = (n − 1)·p = 4·0.5 = 2 | x[2] = 2.0");
  EXPECT_EQ(over_lifetime("p95", "n"),
            "x sorted, from x[0] to x[4]; h = (n − 1)·p = 4·0.95 = 3.8 | x[3] + (x[4] − x[3])·0.8 = 3.0 + (7.0 − "
            "3.0)·0.8 = 6.199999999999999");
  EXPECT_EQ(over_lifetime("count_distinct", "n"), "count_distinct = 4: 2 2 times, 1 once, 3 once, 7 once");
  EXPECT_EQ(over_lifetime("mode", "mode"), "by count, then value: \"run\" 4 times, \"idle\" once | mode = \"run\"");
  EXPECT_EQ(over_lifetime("top_k, params: {k: 2}", "n"),
            "by count, then value: 2 2 times, 1 once, 3 once, 7 once | top_k = [2, 1]");
  EXPECT_EQ(over_lifetime("any, formula: n > 6", "n"), "1 of 5 values true: any = true");
  EXPECT_EQ(over_lifetime("delta", "n"), "delta = last − first = 7 − 3 = 4");
  EXPECT_EQ(over_lifetime("rate", "n"),
            "delta = last − first = 7 − 3 = 4 | rate = delta / seconds = 4 / 30.0 = 0.13333333333333333");
  EXPECT_EQ(over_lifetime("histogram, params: {edges: [0, 3, 7]}", "n"), "[0.0, 3.0): 3; [3.0, 7.0]: 2");
  EXPECT_EQ(over_lifetime("ewma, params: {half_life: 10s}", "flow"),
            "weight of a value = 2^(−age / 10s), age 0 at 1970-01-01T00:00:30Z | ewma = Σ x·w / Σ w = 10.375 / 2.375 = "
            "4.368421052631579");
  EXPECT_EQ(over_lifetime("time_weighted_mean", "n"),
            "3 for 10s, 1 for 10s, 2 for 10s | time_weighted_mean = Σ x·d / Σ d over 30s = 2.0");
  EXPECT_EQ(over_lifetime("approx_count_distinct", "n"), "approx_count_distinct = 4; exactly 4");
  EXPECT_EQ(over_lifetime("covariance, formula: [flow, n]", "flow, n"),
            "covariance of 5 pairs = (n·Σxy − Σx·Σy) / (n·(n − 1)) = 2.75");
}

TEST(Explain, StepsOfNothing) {
  const Ask nobody{.pump = "p9"};
  EXPECT_EQ(steps("source_features: [flow], window: 1h, aggregation: mean", nobody), "mean of no values is null");
  EXPECT_EQ(steps("source_features: [flow], window: 1h, aggregation: count", nobody), "count of no values = 0");
  EXPECT_EQ(steps("source_features: [flow], window: 1h, aggregation: histogram, params: {edges: [0, 1, 2]}", nobody),
            "histogram of no values = [0, 0]");
  EXPECT_EQ(steps("source_features: [flow], window: 1h, aggregation: mean, default: 0", nobody),
            "mean of no values is null | null, so the default 0.0 stands in");
  EXPECT_EQ(steps("source_features: [flow], window: 10s, aggregation: stddev", {}),
            "stddev needs 2 values, there is 1: null");
  EXPECT_EQ(steps("source_features: [flow], window: {last: 2}, aggregation: skewness", {}),
            "skewness needs 3 values, there are 2: null");
  EXPECT_EQ(steps("source_features: [n], window: 10s, aggregation: rate", {}),
            "delta = last − first = 7 − 7 = 0 | first and last have the same time, so there is no rate");
}

/// "[start, end]: shown events by second", with ~ for filtered ones and < > for those outside.
std::string window_of(const std::string& window, const std::string& rest, const Ask& ask) {
  const Explanation why = explained(
      feature("f", "source_features: [flow, mode], formula: flow, filter: mode == 'run', aggregation: count, window: " +
                       window + rest),
      ask);
  const auto edge = [](const std::optional<EventTime>& time) {
    return time ? std::to_string(time->us / kMicrosPerSecond) : "-";
  };
  std::string out = (why.window->has_start ? "[" : "(") + edge(why.window->start) + "," + edge(why.window->end) +
                    (why.window->has_end ? "]:" : "):");
  for (const ExplainedEvent& event : why.events) {
    out += " " + std::string(event.place == ExplainedEvent::Place::kBefore  ? "<"
                             : event.place == ExplainedEvent::Place::kAfter ? ">"
                                                                            : "");
    out += std::to_string(event.time.us / kMicrosPerSecond) + (event.is_filtered ? "~" : "");
  }
  return out;
}

TEST(Explain, WindowsAndTheirNeighbours) {
  EXPECT_EQ(window_of("20s", "", {}), "(10,30]: <10 20 20~ 30 >50");
  EXPECT_EQ(window_of("{size: 20s, closed: left}", "", {}), "[10,30): <0 10 20 20~ >30");
  EXPECT_EQ(window_of("{size: 20s, closed: both}", "", {}), "[10,30]: <0 10 20 20~ 30 >50");
  EXPECT_EQ(window_of("{size: 20s, offset: 10s}", "", {}), "(0,20]: <0 10 20 20~ >30");
  EXPECT_EQ(window_of("{tumbling: 20s}", "", {}), "[0,20): 0 10 >20");
  EXPECT_EQ(window_of("{last: 2}", "", {}), "[20,30]: <10 20 20~ 30 >50");
  EXPECT_EQ(window_of("{session: 15s}", "", {.second = 40}), "[0,40]: 0 10 20 20~ 30 >50");
  EXPECT_EQ(window_of("{session: 5s}", "", {.second = 40}), "(-,40]: <30 >50");
  EXPECT_EQ(window_of("lifetime", "", {}), "(-,30]: 0 10 20 20~ 30 >50");
}

TEST(Explain, AHeldValueComesFromBeforeTheWindow) {
  const Explanation why =
      explained(feature("f", "source_features: [flow], aggregation: time_weighted_mean, window: 15s"), {.second = 45});
  EXPECT_EQ(why.steps, (std::vector<std::string>{"6.0 for 15s", "time_weighted_mean = Σ x·d / Σ d over 15s = 6.0"}));
  ASSERT_FALSE(why.events.empty());
  const Explanation held =
      explained(feature("f", "source_features: [flow], aggregation: time_weighted_mean, window: 15s"), {.second = 48});
  EXPECT_EQ(held.steps[0], "6.0 for 15s");
  EXPECT_EQ(held.events[0].place, ExplainedEvent::Place::kHeld);
}

TEST(Explain, CountsWhatBecameOfEvents) {
  const Explanation why = explained(feature("efficiency",
                                            "source_features: [flow, power, mode], formula: flow / power, filter: mode "
                                            "== 'run', aggregation: mean, window: 25s"),
                                    {});
  EXPECT_EQ(why.counts.seen, 5);
  EXPECT_EQ(why.counts.inside, 4);
  EXPECT_EQ(why.counts.filtered, 1);
  EXPECT_EQ(why.counts.null, 1);
  EXPECT_EQ(why.counts.used, 2);
}

TEST(Explain, LongWindowsAreCutInTheMiddle) {
  const Explanation why = explained(feature("f", "source_features: [n], aggregation: sum, window: lifetime"),
                                    {.second = 60, .event_limit = 3});
  ASSERT_EQ(why.events.size(), 3u);
  EXPECT_EQ(why.events_hidden, 3);
  EXPECT_EQ(why.events_before_gap, 2u);
  EXPECT_EQ(why.value, Value{int64_t{19}});
  EXPECT_EQ(explained(feature("f", "source_features: [n], aggregation: sum, window: lifetime"),
                      {.second = 60, .event_limit = 0})
                .events.size(),
            6u);
}

TEST(Explain, TextOfAnAggregate) {
  const Explanation why = explained(feature("efficiency",
                                            "source_features: [flow, power, mode], formula: flow / power, filter: mode "
                                            "== 'run', aggregation: mean, window: 25s"),
                                    {.event_limit = 3});
  std::string shown = to_text(why);
  shown.replace(shown.find("digest ") + 7, 12, "............");
  EXPECT_EQ(shown, R"(efficiency = 0.75
  is       mean of flow / power where mode == 'run', over 25s
  for      pump pump_id=p1
  at       1970-01-01T00:00:30Z
  version  1.0, digest ............

how it came
  mean = sum / n = 1.5 / 2 = 0.75

events of telemetry in (1970-01-01T00:00:05Z, 1970-01-01T00:00:30Z]: 4 inside, 1 filtered out, 1 null, 2 used; 5 seen so far
  time                  arrival  flow  power   mode  value
  1970-01-01T00:00:00Z        1   1.0    2.0  "run"    0.5  before the window
  1970-01-01T00:00:10Z        3   3.0    4.0  "run"   0.75
  1970-01-01T00:00:20Z        4   5.0    0.0  "run"   null  null
  … 1 more
  1970-01-01T00:00:30Z        6   6.0    8.0  "run"   0.75
  1970-01-01T00:00:50Z        7   7.0    8.0  "run"  0.875  after the window
)");
}

constexpr const char* kDerived = R"yaml(
feature: {name: top_now, description: d, source_features: [top], owner: t, version: "1.0"}
---
feature: {name: load, description: d, source_features: [flow, top_now], formula: flow / top_now, aggregation: max, window: 20s, owner: t, version: "1.0"}
---
feature: {name: spare, description: d, source: telemetry, source_features: [load, top_now], formula: top_now * (1 - load), default: 0, owner: t, version: "1.0"}
)yaml";

TEST(Explain, TextOfADerivedFeature) {
  std::string shown = to_text(explained(kDerived, {}));
  shown.replace(shown.find("digest ") + 7, 12, "............");
  EXPECT_EQ(shown, R"(spare = 10.0
  is       top_now * (1 - load)
  for      pump pump_id=p1
  at       1970-01-01T00:00:30Z
  version  1.0, digest ............

how it came
  top_now * (1 - load) = 10.0, with top_now = 20.0, load = 0.5

uses
  top_now = 20.0
    is       last of top, over lifetime

    how it came
      last of 2 values = 20.0, of the event at 1970-01-01T00:00:25Z

    events of limits in (−∞, 1970-01-01T00:00:30Z]: 2 inside, 2 used; 2 seen so far
      time                  arrival   top
      1970-01-01T00:00:08Z        1  10.0
      1970-01-01T00:00:25Z        2  20.0

  load = 0.5
    is       max of flow / top_now, over 20s

    how it came
      max of 3 values = 0.5, of the event at 1970-01-01T00:00:20Z

    events of telemetry in (1970-01-01T00:00:10Z, 1970-01-01T00:00:30Z]: 3 inside, 3 used; 5 seen so far
      time                  arrival  flow  top_now  value
      1970-01-01T00:00:10Z        3   3.0     10.0    0.3  before the window
      1970-01-01T00:00:20Z        4   5.0     10.0    0.5
      1970-01-01T00:00:20Z        5   2.0     10.0    0.2
      1970-01-01T00:00:30Z        6   6.0     20.0    0.3
      1970-01-01T00:00:50Z        7   7.0     20.0   0.35  after the window
)");
}

TEST(Explain, AKeyThatNeverOccursIsNamed) {
  const std::string sum = feature("f", "source_features: [n], aggregation: sum, window: 25s");
  const Explanation why = explained(sum, {.pump = "p777"});
  EXPECT_EQ(why.remark, "no event of pump_id=p777 in source telemetry");
  EXPECT_NE(to_text(why).find("\n  note     no event of pump_id=p777 in source telemetry\n"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(to_json(why))["remark"], why.remark);
  EXPECT_EQ(explained(kDerived, {.pump = "p777"}).remark, "no event of pump_id=p777 in sources limits, telemetry");
  // p2 has an event of telemetry but no limit.
  EXPECT_EQ(explained(kDerived, {.pump = "p2"}).remark, "no event of pump_id=p2 in source limits");
  EXPECT_EQ(explained(sum, {.pump = "p2", .second = 0}).remark, "");
}

TEST(Explain, WindowsAreSaidAsPeopleSayThem) {
  const auto window = [](const std::string& text) {
    return explained(feature("f", "source_features: [n], aggregation: sum, window: " + text), {}).window->text;
  };
  EXPECT_EQ(window("{size: 7d, offset: 1d}"), "1w, seen from 1d earlier");
  EXPECT_EQ(window("{tumbling: 1h}"), "tumbling 1h");
  EXPECT_EQ(window("{session: 30m}"), "session with gaps up to 30m");
}

TEST(Explain, FeaturesInAFormulaAreSeenAtTheirEvents) {
  const std::string features(kDerived);
  const Explanation why = explained(features.substr(0, features.rfind("---")), {});
  // The limit was 10 at second 20 and 20 at second 30.
  ASSERT_EQ(why.events.size(), 5u);
  EXPECT_EQ(why.inputs, (std::vector<std::string>{"flow", "top_now"}));
  EXPECT_EQ(why.events[1].inputs[1], Value{10.0});
  EXPECT_EQ(why.events[3].inputs[1], Value{20.0});
  EXPECT_EQ(why.value, Value{0.5});
}

TEST(Explain, WhatIsUsedTwiceIsToldOnce) {
  const Explanation why =
      explained(std::string(kDerived) + "---\n" +
                    feature("both", "source: telemetry, source_features: [spare, top_now], formula: spare + top_now"),
                {});
  ASSERT_EQ(why.uses.size(), 2u);
  EXPECT_EQ(why.uses[0].feature, "top_now");
  EXPECT_FALSE(why.uses[0].events.empty());
  ASSERT_EQ(why.uses[1].uses.size(), 2u);
  EXPECT_EQ(why.uses[1].uses[0].feature, "top_now");
  EXPECT_EQ(why.uses[1].uses[0].steps, std::vector<std::string>{"explained above"});
}

TEST(Explain, Json) {
  const Explanation why = explained(feature("f", "source_features: [n], aggregation: sum, window: 10s"), {});
  auto json = nlohmann::ordered_json::parse(to_json(why));
  json.erase("digest");
  EXPECT_EQ(
      json.dump(),
      R"({"format_version":1,"feature":"f","version":"1.0","entity":"pump","key":{"pump_id":"p1"},)"
      R"("at":"1970-01-01T00:00:30Z","type":"int64","value":7,"is_default":false,"definition":"sum of n","formula":"n",)"
      R"("steps":["sum of 1 value = 7"],"source":"telemetry","window":{"text":"10s","start":"1970-01-01T00:00:20Z",)"
      R"("end":"1970-01-01T00:00:30Z","closed":"right"},"filter":null,"inputs":["n"],"formulas":["value"],)"
      R"("counts":{"seen":5,"inside":1,"superseded":0,"deleted":0,"filtered":0,"null":0,"used":1},"events":[)"
      R"({"place":"before","time":"1970-01-01T00:00:20Z","arrival":5,"inputs":[2],"values":[2],"superseded":false,"deleted":false,"filtered":false,"null":false},)"
      R"({"place":"inside","time":"1970-01-01T00:00:30Z","arrival":6,"inputs":[7],"values":[7],"superseded":false,"deleted":false,"filtered":false,"null":false},)"
      R"({"place":"after","time":"1970-01-01T00:00:50Z","arrival":7,"inputs":[4],"values":[4],"superseded":false,"deleted":false,"filtered":false,"null":false}],)"
      R"("events_hidden":0,"events_before_gap":0})");
}

TEST(ReadKey, ByType) {
  EXPECT_EQ(read_key("id", ScalarType::kInt64, "-7").value(), Value{int64_t{-7}});
  EXPECT_EQ(read_key("id", ScalarType::kString, "7").value(), text("7"));
  EXPECT_EQ(read_key("id", ScalarType::kBool, "true").value(), Value{true});
  EXPECT_EQ(read_key("id", ScalarType::kTimestamp, "1970-01-01").value(), Value{EventTime{0}});
  EXPECT_EQ(read_key("id", ScalarType::kInt64, "7x").error().message(), "key `id` is int64, but \"7x\" is not");
  EXPECT_EQ(read_key("id", ScalarType::kBool, "yes").error().kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace headrace
