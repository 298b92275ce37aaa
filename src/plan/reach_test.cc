#include "plan/reach.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

constexpr std::string_view kDefinitions = R"(project: {name: p}
---
entity: {name: pump, key: pump_id}
---
source: {name: s, entity: pump, event_time: t, columns: {x: double}, batch: {format: csv, path: s.csv}}
---
source: {name: r, entity: pump, event_time: t, columns: {y: double}, batch: {format: csv, path: r.csv}}
---
feature: {name: hour, owner: o, version: "1.0", source: s, aggregation: sum, window: 1h, source_features: [x]}
---
feature: {name: shifted, owner: o, version: "1.0", source: s, aggregation: sum, window: {size: 1h, offset: 30m}, source_features: [x]}
---
feature: {name: hours, owner: o, version: "1.0", source: s, aggregation: sum, window: {tumbling: 1h}, source_features: [x]}
---
feature: {name: twice, owner: o, version: "1.0", source_features: [hour], formula: hour * 2}
---
feature: {name: over_twice, owner: o, version: "1.0", source: r, aggregation: max, window: 3h, source_features: [y, twice], formula: y + twice}
---
feature: {name: held, owner: o, version: "1.0", source: s, aggregation: time_weighted_mean, window: 1h, source_features: [x]}
---
feature: {name: run, owner: o, version: "1.0", source: s, aggregation: count, window: {session: 5m}, source_features: [x]}
---
feature: {name: three, owner: o, version: "1.0", source: s, aggregation: sum, window: {last: 3}, source_features: [x]}
---
feature: {name: ever, owner: o, version: "1.0", source: s, aggregation: sum, window: lifetime, source_features: [x]}
)";

/// "s 1h r 0h" of one feature.
std::string reach_of(const std::string& feature) {
  const LoadedRepository loaded = load_repository({{"test.yaml", std::string(kDefinitions)}});
  for (const Diagnostic& problem : loaded.diagnostics.sorted()) {
    EXPECT_NE(problem.severity, Severity::kError) << problem.message;
  }
  const Plan plan = make_plan(loaded.repository);
  const auto index = static_cast<size_t>(plan.find_feature(feature) - plan.features.data());
  const auto reach = reach_of_sources(plan, {index});
  std::string out;
  for (size_t s = 0; s < plan.sources.size(); ++s) {
    out += (out.empty() ? "" : " ") + plan.sources[s].name + " ";
    out += reach[s] ? std::to_string(reach[s]->us / 60'000'000) + "m" : "ever";
  }
  return out;
}

TEST(Reach, IsThatOfTheWindow) {
  EXPECT_EQ(reach_of("hour"), "s 60m r 0m");
  EXPECT_EQ(reach_of("shifted"), "s 90m r 0m");
  EXPECT_EQ(reach_of("hours"), "s 120m r 0m");
}

TEST(Reach, AddsUpOverFeaturesOfFeatures) {
  EXPECT_EQ(reach_of("twice"), "s 60m r 0m");
  EXPECT_EQ(reach_of("over_twice"), "s 240m r 180m");
}

TEST(Reach, IsOpenWhereAValueMayComeFromAnyTime) {
  for (const char* feature : {"held", "run", "three", "ever"}) EXPECT_EQ(reach_of(feature), "s ever r 0m") << feature;
}

}  // namespace
}  // namespace headrace
