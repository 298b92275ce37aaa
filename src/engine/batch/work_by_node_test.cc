#include "engine/batch/batch.h"
#include "engine/meter/meter_report.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr int64_t kEvents = 60'000;
constexpr int64_t kManyKeys = 700;  // more than there are partitions

std::string repository_of(const std::string& features) {
  return R"yaml(
entity: {name: sensor, key: id}
---
source: {name: readings, entity: sensor, event_time: at, columns: {x: double}}
)yaml" + features;
}

std::string feature(const std::string& name, const std::string& rest) {
  return "---\nfeature: {name: " + name + ", description: d, owner: t, version: \"1.0\", source_features: [x], " +
         rest + "}\n";
}

Batch events_for(const SourceRequest& request, int64_t keys) {
  ColumnBuilder ids({ScalarType::kInt64}), times({ScalarType::kTimestamp}), values({ScalarType::kDouble});
  for (int64_t i = 0; i < kEvents; ++i) {
    ids.append_int64(i % keys);
    times.append_int64(i * 1'000'000);
    values.append(Value{static_cast<double>(i * 7919 % 10'007)});
  }
  Batch batch{.rows = kEvents, .columns = {}};
  batch.columns.push_back(std::move(ids).finish());
  batch.columns.push_back(std::move(times).finish());
  if (request.columns.size() > 2) batch.columns.push_back(std::move(values).finish());
  return batch;
}

class NoSink : public Sink {
 public:
  Status write(const Batch& /*batch*/) override { return {}; }
};

struct Measured {
  MeterReport report;
  PlanWork work;

  NodeWork of(std::string_view feature) const {
    for (const FeatureWork& each : report.features) {
      if (each.feature == feature) return each.work;
    }
    ADD_FAILURE() << feature;
    return {};
  }
};

Measured measure(const std::string& features, BatchOptions options = {.threads = 2}, int64_t keys = 20) {
  const LoadedRepository loaded = load_repository({{"test.yaml", repository_of(features)}});
  for (const Diagnostic& problem : loaded.diagnostics.sorted())
    EXPECT_NE(problem.severity, Severity::kError) << problem.message;
  const Plan plan = make_plan(loaded.repository);
  BackfillRequest request;
  for (size_t f = 0; f < plan.features.size(); ++f) request.features.push_back(f);
  const std::vector<SourceRequest> requests = source_requests(plan, 0, request.features);
  MemorySource source({events_for(requests.front(), keys)});
  const OpenSources open = {{requests.front().source, &source}};

  Measured measured{{}, PlanWork(plan)};
  options.work = &measured.work;
  NoSink sink;
  EXPECT_TRUE(backfill(plan, request, open, options, sink).ok());
  measured.report = make_meter_report(plan, measured.work);
  return measured;
}

TEST(WorkByNode, CountsEveryRowOnceForEachNode) {
  const Measured measured = measure(feature("total", "formula: x, aggregation: sum, window: 1m") +
                                    feature("most", "formula: x, aggregation: max, window: 1h"));
  EXPECT_EQ(measured.work.sources[0].rows, kEvents);
  ASSERT_EQ(measured.work.series.size(), 1u);
  EXPECT_EQ(measured.work.series[0].rows, kEvents);
  for (const NodeWork& state : measured.work.states) {
    EXPECT_EQ(state.rows, kEvents);
    EXPECT_GT(state.cpu_ns, 0);
    EXPECT_GT(state.state_bytes, 0);
  }
  EXPECT_EQ(measured.of("total").values, kEvents);
  EXPECT_EQ(measured.of("total").rows + measured.of("most").rows, measured.report.whole.rows);
}

TEST(WorkByNode, NothingIsMeasuredForNobody) {
  const LoadedRepository loaded =
      load_repository({{"test.yaml", repository_of(feature("n", "aggregation: count, window: 1m"))}});
  const Plan plan = make_plan(loaded.repository);
  EXPECT_EQ(PlanWork(plan).whole(), NodeWork{});
}

TEST(WorkByNode, SharesOfTheKeysAddUp) {
  const std::string features = feature("middle", "formula: x, aggregation: median, window: 60d");
  const Measured once = measure(features, {.threads = 2}, kManyKeys);
  const Measured divided = measure(features, {.threads = 2, .memory_bytes = 1 << 20, .step_rows = 200}, kManyKeys);
  // What did not fit was begun in vain, and its rows went through the nodes all the same.
  EXPECT_GE(divided.work.states[0].rows, once.work.states[0].rows);
  EXPECT_GE(divided.work.sources[0].rows, 2 * kEvents);
  EXPECT_EQ(divided.of("middle").values, kEvents);
}

/// A formula of forty times as many terms, and a window that keeps what it must sort beside one that counts. How much dearer
/// depends on the build and the machine, so it is only asked which is.
TEST(WorkByNode, ADearerFeatureShowsSo) {
  std::string terms = "ln(x + 1)";
  for (int term = 2; term <= 40; ++term) terms += " + ln(x + " + std::to_string(term) + ")";
  const Measured formulas = measure(feature("cheap", "formula: \"ln(x + 1)\", aggregation: sum, window: 1m") +
                                    feature("dear", "formula: \"" + terms + "\", aggregation: sum, window: 1m"));
  EXPECT_GT(formulas.of("dear").cpu_ns, formulas.of("cheap").cpu_ns);

  const Measured windows = measure(feature("cheap", "aggregation: count, window: 1m") +
                                   feature("dear", "formula: x, aggregation: median, window: 10h"));
  EXPECT_GT(windows.of("dear").cpu_ns, windows.of("cheap").cpu_ns);
}

/// What two formulas have in common is evaluated once, and both pay for it: were it paid by one, that one would be forty times
/// as dear.
TEST(WorkByNode, SubexpressionsAreSharedToo) {
  std::string terms = "ln(x + 1)";
  for (int term = 2; term <= 40; ++term) terms += " + ln(x + " + std::to_string(term) + ")";
  const Measured measured =
      measure(feature("plain", "formula: \"" + terms + "\", aggregation: sum, window: 1m") +
              feature("doubled", "formula: \"2 * (" + terms + ")\", aggregation: sum, window: 1m"));
  EXPECT_LT(measured.of("doubled").cpu_ns, 8 * measured.of("plain").cpu_ns);
  EXPECT_LT(measured.of("plain").cpu_ns, 8 * measured.of("doubled").cpu_ns);
}

}  // namespace
}  // namespace headrace
