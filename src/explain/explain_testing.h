#pragma once

/// A small world for tests of explanations: a pump with six events, and limits from a second source.

#include "explain/explain.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

inline constexpr std::string_view kDefinitions = R"yaml(
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double, power: double, n: int64, mode: string}}
---
source: {name: limits, entity: pump, event_time: at, columns: {top: double}}
)yaml";

struct PumpEvent {
  std::string pump;
  int64_t second;
  Value flow, power, n, mode;
};

inline Value text(const char* value) { return Value{std::string(value)}; }
inline Value number(int64_t value) { return Value{value}; }

/// Pump p1 has six events with a tie, a filtered one and a null; p2 is there to be left out.
inline std::vector<PumpEvent> telemetry() {
  return {
      {"p1", 0, {1.0}, {2.0}, number(3), text("run")},   {"p2", 5, {9.0}, {9.0}, number(9), text("run")},
      {"p1", 10, {3.0}, {4.0}, number(1), text("run")},  {"p1", 20, {5.0}, {0.0}, number(2), text("run")},
      {"p1", 20, {2.0}, {8.0}, number(2), text("idle")}, {"p1", 30, {6.0}, {8.0}, number(7), text("run")},
      {"p1", 50, {7.0}, {8.0}, number(4), text("run")},
  };
}

inline std::vector<PumpEvent> limits() { return {{"p1", 8, {10.0}, {}, {}, {}}, {"p1", 25, {20.0}, {}, {}, {}}}; }

inline Batch batch_of(const SourceRequest& request, const std::vector<PumpEvent>& events) {
  Batch batch;
  batch.rows = static_cast<int64_t>(events.size());
  for (size_t column = 0; column < request.columns.size(); ++column) {
    const std::string& name = request.columns[column];
    ColumnBuilder builder({name == "pump_id" ? ScalarType::kString : request.types[column]});
    for (const PumpEvent& event : events) {
      if (name == "pump_id") {
        builder.append_string(event.pump);
      } else if (name == "at") {
        builder.append_int64(event.second * kMicrosPerSecond);
      } else {
        builder.append(name == "power"  ? event.power
                       : name == "n"    ? event.n
                       : name == "mode" ? event.mode
                                        : event.flow);
      }
    }
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

struct Ask {
  std::string pump = "p1";
  int64_t second = 30;
  int64_t event_limit = 20;
};

/// Explains the last of the features.
inline Explanation explained(const std::string& features, const Ask& ask) {
  const LoadedRepository loaded = load_repository({{"test.yaml", std::string(kDefinitions) + "---\n" + features}});
  for (const Diagnostic& problem : loaded.diagnostics.sorted()) {
    if (problem.severity == Severity::kError) ADD_FAILURE() << problem.message;
  }
  if (loaded.diagnostics.has_errors()) return {};
  const Plan plan = make_plan(loaded.repository);

  ExplainRequest request;
  request.feature = plan.features.size() - 1;
  request.key_types = {ScalarType::kString};
  request.key = {Value{ask.pump}};
  request.at = {ask.second * kMicrosPerSecond};

  std::map<std::string, std::unique_ptr<MemorySource>> sources;
  OpenSources open;
  for (const SourceRequest& each :
       source_requests(plan, plan.features.back().entity, explained_features(plan, request.feature))) {
    const Batch batch = batch_of(each, each.source == "limits" ? limits() : telemetry());
    sources[each.source] = std::make_unique<MemorySource>(std::vector<Batch>{batch});
    open[each.source] = sources[each.source].get();
  }

  ExplainOptions options;
  options.event_limit = ask.event_limit;
  const Result<Explanation> result = explain(plan, request, open, options);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result->disagreement, "");
  return *result;
}

inline std::string feature(const std::string& name, const std::string& rest) {
  return "feature: {name: " + name + ", description: d, owner: t, version: \"1.0\", " + rest + "}\n";
}

}  // namespace headrace
