#include "engine/batch/batch.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace headrace {
namespace {

constexpr std::string_view kSensors = R"yaml(
entity: {name: sensor, key: id}
---
source: {name: readings, entity: sensor, event_time: at, columns: {x: double, n: int64, s: string}}
---
source: {name: limits, entity: sensor, event_time: at, columns: {top: double}}
---
feature: {name: m, description: d, aggregation: [mean, stddev, min, max], window: [10s, 1m, lifetime], source_features: [x], owner: t, version: "1.0"}
---
feature: {name: latest, description: d, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: three, description: d, aggregation: last_k, params: {k: 3}, window: {last: 5}, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: visit, description: d, aggregation: count, window: {session: 3s}, source: readings, owner: t, version: "1.0"}
---
feature: {name: words, description: d, aggregation: mode, window: 30s, source_features: [s], owner: t, version: "1.0"}
---
feature: {name: smooth, description: d, aggregation: ewma, params: {half_life: 5s}, window: 30s, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: top_now, description: d, source_features: [top], owner: t, version: "1.0"}
---
feature: {name: above, description: d, aggregation: sum, window: 1m, formula: "x - m_mean_10s", filter: "x > top_now", source_features: [x, m_mean_10s, top_now], owner: t, version: "1.0"}
---
feature: {name: ratio, description: d, formula: "coalesce(above / m_max_1m, latest)", source_features: [above, m_max_1m, latest], owner: t, version: "1.0"}
)yaml";

/// Events in memory, as several units with or without statistics.
class TestSource : public Source {
 public:
  void add(Batch batch, std::optional<EventTime> time_min) {
    SourceUnit unit;
    unit.file = "part-" + std::to_string(units_.size());
    unit.rows = batch.rows;
    unit.time_min = time_min;
    units_.push_back(unit);
    batches_.push_back(std::move(batch));
  }
  const std::vector<SourceUnit>& units() const override { return units_; }
  Status read(size_t unit, const Consume& consume) override { return consume(batches_[unit]); }

 private:
  std::vector<SourceUnit> units_;
  std::vector<Batch> batches_;
};

struct Event {
  int64_t id;
  int64_t time;
  Value x;
  Value s;
};

std::vector<Event> random_events(uint64_t seed, int count, double huge_share) {
  std::mt19937_64 random(seed);
  std::vector<Event> events;
  int64_t time = 0;
  for (int i = 0; i < count; ++i) {
    if (random() % 4 != 0) time += static_cast<int64_t>(random() % 900'000);
    const double unit = static_cast<double>(random() % 20001) / 100.0 - 100.0;
    Value x = random() % 10 == 0 ? Value{} : Value{unit};
    if (static_cast<double>(random() % 1000) < huge_share * 1000) x = Value{unit * 1e200};
    Value s = random() % 7 == 0 ? Value{} : Value{std::string(1, static_cast<char>('a' + random() % 4))};
    events.push_back({static_cast<int64_t>(random() % 13), time, x, s});
  }
  return events;
}

Batch reading_batch(const SourceRequest& request, const std::vector<Event>& events) {
  Batch batch;
  batch.rows = static_cast<int64_t>(events.size());
  for (size_t column = 0; column < request.columns.size(); ++column) {
    const std::string& name = request.columns[column];
    const ScalarType type = name == "id" ? ScalarType::kInt64 : request.types[column];
    ColumnBuilder builder({type});
    for (const Event& event : events) {
      if (name == "id") {
        builder.append_int64(event.id);
      } else if (name == "at") {
        builder.append_int64(event.time);
      } else if (name == "s") {
        builder.append(event.s);
      } else {
        builder.append(event.x);
      }
    }
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

/// Keeps result rows as text, so that comparing compares bits.
class TextSink : public Sink {
 public:
  Status write(const Batch& batch) override {
    for (int64_t row = 0; row < batch.rows; ++row) {
      std::string line;
      for (const Column& column : batch.columns) line += to_json(column.value_at(row)) + " ";
      lines.push_back(line);
    }
    return {};
  }
  std::vector<std::string> lines;
};

class BatchEngine : public testing::Test {
 protected:
  void SetUp() override {
    LoadedRepository loaded = load_repository({{"test.yaml", std::string(kSensors)}});
    for (const Diagnostic& problem : loaded.diagnostics.sorted()) {
      ASSERT_NE(problem.severity, Severity::kError) << problem.message;
    }
    plan_ = make_plan(loaded.repository);
    for (size_t f = 0; f < plan_.features.size(); ++f) features_.push_back(f);
  }

  /// Splits events into units; the two sources get different shares of them.
  std::vector<std::string> run(const std::vector<Event>& events, size_t units, bool has_statistics,
                               const BatchOptions& options, std::optional<Duration> every = {}) {
    std::map<std::string, TestSource> sources;
    OpenSources open;
    for (const SourceRequest& request : source_requests(plan_, 0, features_)) {
      TestSource& source = sources[request.source];
      open[request.source] = &source;
      std::vector<Event> mine;
      for (size_t i = 0; i < events.size(); ++i) {
        if (request.source == "readings" || i % 5 == 0) mine.push_back(events[i]);
      }
      for (size_t unit = 0; unit < units; ++unit) {
        const std::vector<Event> part(mine.begin() + static_cast<int64_t>(mine.size() * unit / units),
                                      mine.begin() + static_cast<int64_t>(mine.size() * (unit + 1) / units));
        int64_t time_min = INT64_MAX;
        for (const Event& event : part) time_min = std::min(time_min, event.time);
        source.add(reading_batch(request, part), has_statistics ? std::optional(EventTime{time_min}) : std::nullopt);
      }
    }
    TextSink sink;
    BackfillRequest request;
    request.features = features_;
    request.every = every;
    auto statistics = backfill(plan_, request, open, options, sink);
    EXPECT_TRUE(statistics.ok());
    statistics_ = *statistics;
    return sink.lines;
  }

  Plan plan_;
  std::vector<size_t> features_;
  BatchStatistics statistics_;
};

TEST_F(BatchEngine, GivesTheSameBitsHoweverTheWorkIsCut) {
  const std::vector<Event> events = random_events(1, 3000, 0.0);
  const std::vector<std::string> expected = run(events, 1, false, {.threads = 1, .step_rows = 100000});
  ASSERT_GT(expected.size(), 1000u);
  for (int threads : {1, 2, 5}) {
    for (int64_t step_rows : {1, 7, 500}) {
      EXPECT_EQ(run(events, 4, true, {.threads = threads, .step_rows = step_rows}), expected)
          << threads << " " << step_rows;
      EXPECT_GE(statistics_.steps, 4);
      EXPECT_GT(statistics_.partitions, 1);
    }
  }
}

TEST_F(BatchEngine, SpillsWhatDoesNotFit) {
  const std::vector<Event> events = random_events(2, 20000, 0.0);
  const std::vector<std::string> expected = run(events, 1, false, {.threads = 1});
  EXPECT_EQ(statistics_.spilled_bytes, 0);
  EXPECT_EQ(run(events, 9, false, {.threads = 2, .memory_bytes = 1 << 18}), expected);
  EXPECT_GT(statistics_.spilled_bytes, 100'000);
}

TEST_F(BatchEngine, DividesTheKeysWhenStatesDoNotFit) {
  std::vector<Event> events = random_events(6, 20000, 0.0);
  for (size_t i = 0; i < events.size(); ++i) events[i].id = static_cast<int64_t>(i * 7919 % 700);
  const std::vector<std::string> expected = run(events, 4, true, {.threads = 1});
  EXPECT_EQ(statistics_.key_shares, 1);
  EXPECT_EQ(run(events, 4, true, {.threads = 2, .memory_bytes = 1 << 20, .step_rows = 200}), expected);
  EXPECT_GT(statistics_.key_shares, 1);
  EXPECT_EQ(statistics_.rows_written, static_cast<int64_t>(expected.size()));
}

TEST_F(BatchEngine, TakesRowsInAnyOrder) {
  std::vector<Event> events = random_events(3, 2000, 0.0);
  // Without ties, order of rows cannot matter.
  for (size_t i = 0; i < events.size(); ++i) events[i].time = static_cast<int64_t>(i) * 310'000;
  const std::vector<std::string> expected = run(events, 1, true, {.threads = 1});
  // The shares of the second source go by position, so only whole blocks of five are moved.
  std::vector<Event> rotated(events.begin() + 1000, events.end());
  rotated.insert(rotated.end(), events.begin(), events.begin() + 1000);
  EXPECT_EQ(run(rotated, 3, true, {.threads = 2, .step_rows = 64}), expected);
  EXPECT_EQ(run(rotated, 1, false, {.threads = 2, .step_rows = 64}), expected);
}

TEST_F(BatchEngine, WidensSumsAndComesBack) {
  const std::vector<Event> events = random_events(4, 3000, 0.05);
  const std::vector<std::string> expected = run(events, 1, false, {.threads = 1});
  EXPECT_GT(statistics_.wide_promotions, 0);
  EXPECT_EQ(run(events, 6, true, {.threads = 3, .step_rows = 50}), expected);
}

TEST_F(BatchEngine, WalksAGridFromTheFirstEventOfEachKey) {
  const std::vector<Event> events = random_events(5, 500, 0.0);
  const std::vector<std::string> expected =
      run(events, 1, false, {.threads = 1, .step_rows = 100000}, Duration{7'000'000});
  ASSERT_GT(expected.size(), 100u);
  EXPECT_EQ(run(events, 5, true, {.threads = 2, .step_rows = 10}, Duration{7'000'000}), expected);
}

}  // namespace
}  // namespace headrace
